#include <nlohmann/json.hpp>

#include "app/cli/command.h"
#include "app/cli/model_options.h"
#include "app/cli/number_list.h"
#include "core/engine/ablation.h"
#include "core/engine/folder_report.h"
#include "core/files/error.h"
#include "core/files/output_file.h"
#include "core/fusion/fusion_names.h"

namespace fusionscope::cli {

namespace {

struct Options {
    ModelOptions model;
    EncodingOptions encoding;
    GenerationChoice generation;
    std::string picture, prompt, system, off, channels, other, csv;
    std::vector<std::string> regions;
    std::vector<int> patches;
    std::vector<std::string> fill;
    bool sweep = false, json = false;
};

/// "X,Y,W,H" in the picture's pixels.
image::Box regionNamed(const std::string& text) {
    const auto numbers = numbersIn(text, ',');
    if (numbers.size() != 4 || !(numbers[2] > 0 && numbers[3] > 0))
        throw Error("is no region", text, "Write X,Y,WIDTH,HEIGHT in the picture's pixels.");
    return {numbers[0], numbers[1], numbers[0] + numbers[2], numbers[1] + numbers[3]};
}

/// "A-B" or "A".
std::pair<int, int> channelsNamed(const std::string& text) {
    const auto numbers = numbersIn(text, '-');
    const auto isChannel = [](double value) { return value >= 0 && value <= 1e9 && value == static_cast<int>(value); };
    if (numbers.empty() || numbers.size() > 2 || !std::ranges::all_of(numbers, isChannel) || numbers.front() > numbers.back())
        throw Error("is no range of channels", text, "Write FIRST-LAST, for example 0-63.");
    return {static_cast<int>(numbers.front()), static_cast<int>(numbers.back())};
}

engine::Ablation ablationOf(const Options& options) {
    engine::Ablation ablation;
    if (!options.off.empty()) ablation.blocks = fusion::blocksNamed(options.off);
    ablation.patches = options.patches;
    for (const auto& region : options.regions) ablation.regions.push_back(regionNamed(region));
    if (!options.channels.empty()) ablation.channels = channelsNamed(options.channels);
    if (!options.fill.empty()) ablation.fill = engine::ablationFillNamed(options.fill.front());
    const bool other = ablation.fill == engine::AblationFill::OtherPicture;
    if (other != (options.fill.size() == 2))
        throw CLI::ValidationError("--fill", other ? "picture needs a file: --fill picture FILE" : "only picture takes a file");
    if (other) ablation.other = engine::PictureHandle::read(options.fill[1]);
    return ablation;
}

engine::ChatRequest requestOf(const Options& options, const engine::Model& model) {
    engine::ChatRequest request;
    if (!options.system.empty()) request.messages.push_back({text::Role::System, {text::ContentItem::ofText(options.system)}});
    request.messages.push_back({text::Role::User, {text::ContentItem::image(), text::ContentItem::ofText(options.prompt)}});
    request.pictures = {engine::PictureHandle::read(options.picture)};
    request.generation = options.generation.over(model);
    request.encoding = options.encoding.over(model);
    return request;
}

/// The new answer with what changed marked: [-removed-] {+added+}.
std::string marked(const std::vector<engine::WordChange>& changes) {
    using Kind = engine::WordChange::Kind;
    std::string text;
    for (const auto& change : changes) {
        if (!text.empty()) text += ' ';
        if (change.kind == Kind::Same) text += change.text;
        if (change.kind == Kind::Removed) text += "[-" + change.text + "-]";
        if (change.kind == Kind::Added) text += "{+" + change.text + "+}";
    }
    return text;
}

std::string padded(const std::string& text, size_t width) {
    size_t letters = 0;
    for (const char c : text) letters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return text + std::string(letters < width ? width - letters : 0, ' ');
}

void writeTable(const engine::AblationBaseline& baseline, const std::vector<engine::AblationResult>& results,
                Terminal& terminal) {
    char sum[24];
    std::snprintf(sum, sizeof sum, "%.3f", baseline.logProbability);
    terminal.writeLine(std::string("Original answer, log-probability ") + sum + ":");
    terminal.writeLine("  " + baseline.answer.text);
    terminal.writeLine("");
    terminal.writeLine(padded("switched off", 28) + "    change  KL/token  answer");
    for (const auto& result : results) {
        char numbers[48];
        std::snprintf(numbers, sizeof numbers, "%10.3f%10.4f  ", result.change, result.meanDivergence);
        terminal.writeLine(padded(result.name, 28) + numbers + (result.sameAnswer ? "the same" : marked(result.changes)));
    }
}

void writeWords(const engine::AblationBaseline& baseline, const engine::AblationResult& result, Terminal& terminal) {
    terminal.writeLine("");
    terminal.writeLine("The original answer, word by word:");
    for (size_t i = 0; i < baseline.words.size(); ++i) {
        const auto& word = baseline.words[i].text;
        char number[24];
        std::snprintf(number, sizeof number, "%9.3f", result.wordChanges[i]);
        terminal.writeLine("  " + padded(word.empty() ? "(end)" : word, 26) + number);
    }
}

int run(const Options& options, Terminal& terminal) {
    const auto wanted = ablationOf(options);
    const auto control = terminal.beginTask();
    const auto model = options.model.open(control);
    const auto baseline = engine::ablationBaseline(*model, requestOf(options, *model), 0, {}, control);
    const auto ablations = options.sweep ? engine::sweepOf(baseline, wanted) : std::vector{wanted};
    std::vector<engine::AblationResult> results;
    for (const auto& ablation : ablations) {
        control.report("Switching off " + engine::describe(ablation),
                       static_cast<double>(results.size()) / static_cast<double>(ablations.size()));
        results.push_back(engine::ablate(*model, baseline, ablation, {}, {control.stop, {}}));
    }
    if (!options.csv.empty()) files::writeText(options.csv, engine::ablationCsv(baseline, results));
    if (options.json) {
        const auto hash = engine::checkpointHash(model->summary().folder, control);
        terminal.endTask();
        terminal.write(engine::ablationJson(baseline, results, model->summary(), hash, terminal.commandLine()));
        return Done;
    }
    terminal.endTask();
    writeTable(baseline, results, terminal);
    if (results.size() == 1) writeWords(baseline, results.front(), terminal);
    return Done;
}

Action prepare(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    options->model.addTo(app);
    app.add_option("--image", options->picture, "Picture file")->required()->type_name("F");
    app.add_option("--prompt", options->prompt, "Question about it")->required()->type_name("TEXT");
    app.add_option("--system", options->system, "System message, in place of the template's own")->type_name("TEXT");
    const char* group = "What is switched off (nothing, unless something is named; what is named narrows)";
    app.add_option("--off", options->off, "Blocks, as V,caption,ocr,grounding; all of them where only places are named")
        ->check(acceptedBy([](const std::string& text) { fusion::blocksNamed(text); }, "BLOCKS"))
        ->group(group);
    app.add_option("--region", options->regions, "A region in the picture's pixels, X,Y,WIDTH,HEIGHT; may be repeated")
        ->check(acceptedBy([](const std::string& text) { regionNamed(text); }, "X,Y,W,H"))
        ->allow_extra_args(false)
        ->group(group);
    app.add_option("--patches", options->patches, "Patches of the grid, counted row by row from 0, as 12,13,20")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("N,…")
        ->group(group);
    app.add_option("--channels", options->channels, "Channels of each block, FIRST-LAST")
        ->check(acceptedBy([](const std::string& text) { channelsNamed(text); }, "A-B"))
        ->group(group);
    app.add_option("--fill", options->fill, "What stands for it: zero, mean, or picture FILE: the same place of another picture")
        ->expected(1, 2)
        ->type_name("FILL")
        ->group(group);
    app.add_flag("--sweep", options->sweep, "A table: each block off, each left alone, all off")->group(group);
    options->generation.addTo(app);
    options->encoding.addTo(app);
    app.add_option("--csv", options->csv, "Write the table there too")->type_name("FILE");
    app.add_flag("--json", options->json, "Print JSON: answers, words and tokens with log-probabilities, divergences");
    return [options](Terminal& terminal) { return run(*options, terminal); };
}

}  // namespace

const Command ablateCommand = {
    "ablate",
    "Switch off parts of what the model sees of a picture, and see what becomes of its answer.",
    "ablate --image photo.jpg --prompt \"What does the sign say?\" --off ocr\n"
    "  fusionscope-cli ablate --image photo.jpg --prompt \"How many boats are there?\" --sweep --fill mean",
    prepare,
};

}  // namespace fusionscope::cli
