#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "app/cli/command.h"
#include "app/cli/json_forms.h"
#include "app/cli/model_options.h"
#include "app/cli/report_text.h"
#include "core/engine/variants.h"
#include "core/files/error.h"

namespace fusionscope::cli {

namespace {

using Hashes = std::vector<std::pair<std::string, std::string>>;

struct Options {
    ModelOptions model;
    std::string sums, variants, question = "Describe the image in detail.";
    size_t most = 0;
    bool store = false, json = false;
};

/// Lines as sha256sum writes them: hash, two characters, name.
std::map<std::string, std::string> readSums(const std::string& file) {
    std::ifstream in(file);
    if (!in) throw Error("cannot be read", file, "Name a file that sha256sum has written.");
    std::map<std::string, std::string> sums;
    size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (line.empty()) continue;
        if (line.size() < 67 || line.find_first_not_of("0123456789abcdef") != 64)
            throw Error(concat("line ", number, " is not a SHA-256 with a name"), file,
                        "Name a file that sha256sum has written.");
        auto name = line.substr(66);
        if (name.starts_with("./")) name.erase(0, 2);
        sums[name] = line.substr(0, 64);
    }
    return sums;
}

/// @throws Error naming the files that are missing or differ
void requireSums(const Hashes& hashes, const std::string& file) {
    auto sums = readSums(file);
    std::string wrong;
    for (const auto& [name, hash] : hashes) {
        const auto expected = sums.extract(name);
        if (expected && expected.mapped() != hash) wrong += " " + name + " differs;";
    }
    for (const auto& [name, hash] : sums) wrong += " " + name + " is missing;";
    if (wrong.empty()) return;
    wrong.back() = ',';
    throw Error("files are not those of the list:" + wrong.substr(0, wrong.size() - 1), file, "Fetch them again.");
}

int verifyFiles(const Options& options, Terminal& terminal) {
    const auto control = terminal.beginTask();
    const auto hashes = engine::hashFiles(options.model.path(), control);
    const auto report = engine::inspectFolder(options.model.path(), true, control);
    terminal.endTask();
    const auto whole = engine::checkpointHash(hashes);
    if (options.json) {
        terminal.writeJson({{"sha256", whole},
                            {"files", std::map<std::string, std::string>(hashes.begin(), hashes.end())},
                            {"report", toJson(report)}});
    } else {
        for (const auto& [name, hash] : hashes) terminal.writeLine(hash + "  " + name);
        terminal.writeLine("checkpoint " + whole);
        for (const auto& finding : report.findings)
            terminal.writeLine(concat(engine::name(finding.weight), ": ", finding.text));
    }
    if (!options.sums.empty()) requireSums(hashes, options.sums);
    if (report.loadable) return Done;
    terminal.say("fusionscope-cli: " + refusalOf(report));
    return Refused;
}

nlohmann::json toJson(const std::vector<engine::VariantScore>& scores) {
    auto list = nlohmann::json::array();
    for (const auto& score : scores)
        list.push_back({{"name", score.name},
                        {"encoding", models::toJson(score.options)},
                        {"visual_tokens", score.visualTokens},
                        {"mean_log_likelihood", score.meanLogLikelihood},
                        {"standard_error", score.standardError}});
    return list;
}

/// What the scores advise. A lead within the noise settles nothing, and says so.
std::string advice(const std::vector<engine::VariantScore>& scores, const models::EncodeOptions& present) {
    const auto& best = scores.front();
    const double lead = best.meanLogLikelihood - scores[1].meanLogLikelihood;
    const bool same = best.options.fusion == present.fusion;
    std::string text = concat("Recommended: ", best.name, same ? " (as the checkpoint is set)" : "", ".");
    if (lead < 2 * scores[1].standardError || scores[1].standardError == 0)
        text += concat(" Its lead over the next, ", lead, ", is no more than chance (standard error ",
                       scores[1].standardError, "): use more pictures before relying on it.");
    return text;
}

int verifyVariants(const Options& options, Terminal& terminal) {
    const auto control = terminal.beginTask();
    const auto pictures = engine::readCaptionedPictures(options.variants);
    const auto model = options.model.open(control);
    const auto scores = engine::scoreVariants(*model, pictures, options.question, options.most, control);
    terminal.endTask();
    const auto recommendation = advice(scores, model->encodeOptions());
    if (options.store) models::storeEncodeOptions(options.model.path(), scores.front().options);
    if (options.json) {
        terminal.writeJson({{"variants", toJson(scores)}, {"recommendation", recommendation}, {"stored", options.store}});
        return Done;
    }
    for (const auto& score : scores) {
        char line[64];
        std::snprintf(line, sizeof line, "%9.4f ± %.4f  %4lld tokens  ", score.meanLogLikelihood, score.standardError,
                      static_cast<long long>(score.visualTokens));
        terminal.writeLine(line + score.name);
    }
    terminal.writeLine(recommendation);
    if (options.store)
        terminal.writeLine(concat("Stored in ", (options.model.path() / models::storedOptionsFile).string(), "."));
    return Done;
}

Action prepare(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("DIR", options->model.folder, "Checkpoint folder or .gguf file; without it the bundled model");
    options->model.addTo(app);
    app.add_option("--sums", options->sums, "Hashes to compare with, as sha256sum writes them")->type_name("FILE");
    auto* variants = app.add_option("--variants", options->variants,
                                    "Score the open options of a Florence-VL on a folder of captioned pictures: "
                                    "captions.jsonl, COCO annotations, or NAME.txt beside each picture");
    variants->type_name("PAIRS");
    app.add_option("--most", options->most, "Pictures to use of that folder; 0: all")->needs(variants)->type_name("N");
    app.add_option("--prompt", options->question, "The question that those captions answer")
        ->needs(variants)
        ->capture_default_str()
        ->type_name("TEXT");
    app.add_flag("--store", options->store, "Keep the recommended options beside the checkpoint")->needs(variants);
    app.add_flag("--json", options->json, "Print JSON");
    return [options](Terminal& terminal) {
        return options->variants.empty() ? verifyFiles(*options, terminal) : verifyVariants(*options, terminal);
    };
}

}  // namespace

const Command verifyCommand = {
    "verify",
    "Hash every file of a checkpoint and check all of it, or find out which open options fit it best.",
    "verify models/nano\n  fusionscope-cli verify checkpoints/florence-vl-3b --variants captioned --store",
    prepare,
};

}  // namespace fusionscope::cli
