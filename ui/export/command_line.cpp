#include "ui/export/command_line.h"

#include <charconv>

namespace fusionscope::exporting {

namespace {

using engine::MapKind;

std::string textOf(double value) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    return {buffer, end};
}

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts) {
        if (!text.empty()) text += ',';
        text += part;
    }
    return text;
}

std::string textOf(const PixelPlace& place) {
    const bool point = place[0] == place[2] && place[1] == place[3];
    std::vector<std::string> numbers;
    for (size_t i = 0; i < (point ? 2 : 4); ++i) numbers.push_back(textOf(place[i]));
    return joined(numbers);
}

void addMapArguments(std::vector<std::string>& arguments, const MapsCommand& command) {
    const auto add = [&](const char* option, const std::string& value) { arguments.insert(arguments.end(), {option, value}); };
    const auto& map = command.map;
    const engine::MapOptions defaults;
    if (map.kind != defaults.kind) add("--kind", engine::name(map.kind));
    switch (map.kind) {
        case MapKind::Pca:
        case MapKind::Foreground:
            if (map.savedBasis)
                add("--basis", command.savedBasis);
            else if (map.basis != defaults.basis)
                add("--basis", engine::name(map.basis));
            if (map.kind == MapKind::Foreground && map.foregroundThreshold != defaults.foregroundThreshold)
                add("--threshold", textOf(map.foregroundThreshold));
            break;
        case MapKind::Similarity:
            for (const auto& place : command.places) arguments.push_back("--at=" + textOf(place));
            if (map.origin == inspect::Origin::Mean) arguments.emplace_back("--from-mean");
            break;
        case MapKind::Channel:
            if (map.channel >= 0) add("--channel", std::to_string(map.channel));
            break;
        case MapKind::Cluster:
            if (map.clusters != defaults.clusters) add("--clusters", std::to_string(map.clusters));
            if (map.seed != defaults.seed) add("--seed", std::to_string(map.seed));
            break;
        case MapKind::Norm: break;
    }
}

}  // namespace

std::string commandLine(const std::vector<std::string>& arguments) {
    std::string line = "fusionscope-cli";
    for (const auto& argument : arguments) {
        constexpr auto plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=,:@%+";
        line += ' ';
        if (!argument.empty() && argument.find_first_not_of(plain) == std::string::npos) {
            line += argument;
            continue;
        }
        line += '\'';
        for (const char c : argument) {
            if (c == '\'')
                line += "'\\''";
            else
                line += c;
        }
        line += '\'';
    }
    return line;
}

std::vector<std::string> modelArguments(const std::string& folder, const engine::LoadOptions& load) {
    const engine::LoadOptions defaults;
    std::vector<std::string> arguments = {"--model", folder};
    const auto add = [&](const char* option, const std::string& value) { arguments.insert(arguments.end(), {option, value}); };
    if (load.precision != defaults.precision) add("--dtype", engine::name(load.precision));
    if (load.groupSize != defaults.groupSize) add("--group-size", std::to_string(load.groupSize));
    if (load.device != defaults.device) add("--device", load.device);
    if (load.threads != defaults.threads) add("--threads", std::to_string(load.threads));
    if (!load.chatTemplate.empty()) add("--template", load.chatTemplate);
    if (load.pillow13Order) arguments.emplace_back("--pillow13");
    return arguments;
}

std::vector<std::string> generationArguments(const engine::GenerationOptions& generation) {
    const engine::GenerationOptions defaults;
    std::vector<std::string> arguments;
    const auto add = [&](const char* option, const std::string& value) { arguments.insert(arguments.end(), {option, value}); };
    if (generation.greedy) {
        arguments.emplace_back("--greedy");
    } else {
        add("--temperature", textOf(generation.temperature));
        add("--top-k", std::to_string(generation.topK));
        add("--top-p", textOf(generation.topP));
        add("--min-p", textOf(generation.minP));
    }
    add("--max-new-tokens", std::to_string(generation.maxNewTokens));
    if (generation.repetitionPenalty != defaults.repetitionPenalty)
        add("--repetition-penalty", textOf(generation.repetitionPenalty));
    if (generation.noRepeatNgram != defaults.noRepeatNgram) add("--no-repeat-ngram", std::to_string(generation.noRepeatNgram));
    if (generation.seed != defaults.seed) add("--seed", std::to_string(generation.seed));
    for (const auto& text : generation.stopStrings) add("--stop", text);
    return arguments;
}

std::string commandLine(const MapsCommand& command) {
    std::vector<std::string> arguments = {"maps", command.picture};
    const auto add = [&](const char* option, const std::string& value) { arguments.insert(arguments.end(), {option, value}); };
    for (auto& argument : modelArguments(command.model, command.load)) arguments.push_back(std::move(argument));
    for (const auto& extra : command.extraPrompts) add("--row", extra);
    if (!command.prompt.empty()) add("--prompt", command.prompt);
    if (!command.rows.empty()) add("--rows", joined(command.rows));
    if (!command.columns.empty()) add("--columns", joined(command.columns));
    addMapArguments(arguments, command);
    const AtlasFileOptions defaults;
    if (command.files.formats != defaults.formats) add("--formats", namesOf(command.files.formats));
    if (command.files.name != defaults.name) add("--name", command.files.name);
    if (command.files.theme == plot::Theme::Dark) add("--theme", "dark");
    if (command.files.scale != defaults.scale) add("--scale", textOf(command.files.scale));
    add("--out", command.folder);
    return commandLine(arguments);
}

}  // namespace fusionscope::exporting
