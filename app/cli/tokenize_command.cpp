#include <iostream>
#include <nlohmann/json.hpp>

#include "app/cli/command.h"
#include "app/cli/line_reader.h"
#include "app/cli/model_options.h"
#include "core/engine/checkpoint_text.h"
#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/model_folder.h"
#include "core/text/utf8.h"

namespace fusionscope::cli {

namespace {

constexpr size_t mostLineBytes = size_t{64} << 20;
constexpr files::JsonLimits lineLimits{mostLineBytes, 16'000'000, 8};

struct Options {
    ModelOptions model;
    std::string special = "none", parseSpecial = "yes";
    std::vector<std::string> texts;
    bool decode = false, skipSpecial = false;
};

nlohmann::json encoded(const text::Tokenizer& tokenizer, const std::string& text, const Options& options) {
    return {{"ids", tokenizer.encode(text, {.addSpecial = options.special == "add",
                                            .parseSpecial = options.parseSpecial == "yes"})}};
}

std::string textOf(const nlohmann::json& value, const std::string& where) {
    if (!value.is_string()) throw Error("is no JSON string", where, "Write each text as \"…\" on a line of its own.");
    return value.get<std::string>();
}

std::vector<int64_t> idsOf(const nlohmann::json& value, const std::string& where) {
    if (value.is_object()) return files::Fields(value, where).integers("ids");
    const nlohmann::json wrapped = {{"ids", value}};
    return files::Fields(wrapped, where).integers("ids");
}

int run(const Options& options, Terminal& terminal) {
    const auto tokenizer = engine::loadCheckpointTokenizer(files::ModelFolder::open(options.model.path()));
    for (const auto& text : options.texts)
        terminal.writeJson(encoded(*tokenizer, text::toValidUtf8(text), options), -1);
    if (!options.texts.empty()) return Done;
    forEachLine(std::cin, mostLineBytes, [&](const std::string& line, size_t number) {
        const auto where = concat("standard input, line ", number);
        const auto value = files::parseJson(line, where, lineLimits);
        if (options.decode)
            terminal.writeJson(tokenizer->decode(idsOf(value, where), {.skipSpecial = options.skipSpecial}), -1);
        else
            terminal.writeJson(encoded(*tokenizer, textOf(value, where), options), -1);
        return true;
    });
    return Done;
}

Action prepare(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    options->model.addFolderTo(app);
    auto* texts = app.add_option("TEXT", options->texts,
                                 "Texts to encode; without any, a JSON string on each line of standard input");
    auto* decode = app.add_flag("--decode", options->decode, "Ids ([…] or {\"ids\": […]} a line) to a JSON string a line");
    texts->excludes(decode);
    app.add_option("--special", options->special, "Put the tokenizer's own special tokens around the text: add, none")
        ->check(CLI::IsMember({"add", "none"}))
        ->capture_default_str();
    app.add_option("--parse-special", options->parseSpecial, "Recognise special tokens spelled out in the text: yes, no")
        ->check(CLI::IsMember({"yes", "no"}))
        ->capture_default_str();
    app.add_flag("--skip-special", options->skipSpecial, "Leave special tokens out of decoded text")->needs(decode);
    return [options](Terminal& terminal) { return run(*options, terminal); };
}

}  // namespace

const Command tokenizeCommand = {
    "tokenize",
    "Turn text into ids and back with a checkpoint's tokenizer.",
    "tokenize --model models/nano \"What is in the picture?\"\n"
    "  echo '{\"ids\": [1, 2, 3]}' | fusionscope-cli tokenize --decode",
    prepare,
};

}  // namespace fusionscope::cli
