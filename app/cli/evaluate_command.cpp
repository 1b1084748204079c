#include <nlohmann/json.hpp>

#include "app/cli/command.h"
#include "app/cli/model_options.h"
#include "core/engine/program_files.h"
#include "core/evaluate/photographs.h"
#include "core/evaluate/report.h"
#include "core/files/error.h"
#include "ui/plot/offscreen_gui.h"

namespace fusionscope::cli {

namespace {

constexpr const char* photographs = "photographs";  // a fixed list instead of a split of the visual world

struct Options {
    ModelOptions model;
    EncodingOptions encoding;
    evaluate::Plan plan;
    std::string split = "test";
    std::vector<std::string> subjects;
    bool noBaselines = false, json = false;
};

int run(const Options& options, Terminal& terminal) {
    const plot::OffscreenGui gui;
    const auto control = terminal.beginTask();
    const auto materials = world::Materials::load(engine::worldMaterials());
    const auto model = options.model.open(control);
    const auto examinee = evaluate::examineeFor(*model, options.encoding.over(*model));
    const auto print = [&](nlohmann::json json, const std::string& title, const std::string& tables) {
        terminal.endTask();
        json["model"] = model->summary().folder;
        if (options.json)
            terminal.writeJson(json);
        else
            terminal.write(concat(model->summary().folder, ": ", title, "\n\n", tables));
        return control.stop.stop_requested() ? StoppedByPerson : Done;
    };
    if (options.split == photographs) {
        const auto results = evaluate::examineOnPhotographs(engine::evaluationFiles(), *examinee, evaluate::Vocabulary(materials.nouns), control);
        return print(evaluate::toJson(results), "real photographs", evaluate::tables(results));
    }
    auto plan = options.plan;
    plan.split = world::splitNamed(options.split);
    plan.subjects.insert(options.subjects.begin(), options.subjects.end());
    plan.baselines = !options.noBaselines;
    const auto results = evaluate::evaluate(materials, *examinee, plan, control);
    return print(evaluate::toJson(results),
                 concat(results.plan.pictures, " fresh pictures of the split \"", options.split, "\", seed ", plan.seed, ", ",
                        plan.heldOutWordings ? "wordings that training never uses" : "trained wordings"),
                 evaluate::tables(results));
}

Action prepare(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    options->model.addTo(app);
    options->encoding.addTo(app);
    app.add_option("--split", options->split, "test (fresh layouts); what training holds out: style, fonts, words, pairs, photos; others' pictures: fashion, digits; a fixed list of real ones: photographs")
        ->check(CLI::IsMember({"test", "style", "fonts", "words", "pairs", "photos", "fashion", "digits", photographs}))
        ->capture_default_str();
    app.add_option("--pictures", options->plan.pictures, "Pictures to ask about; Ctrl-C ends it earlier with what was found by then")
        ->check(CLI::Range(1, 1'000'000))
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--kinds", options->subjects, "Only these kinds of question, parted by commas")
        ->delimiter(',')
        ->check(CLI::IsMember(evaluate::subjectNames()));
    app.add_flag("--held-out-wordings", options->plan.heldOutWordings, "Ask in wordings that training never uses");
    app.add_flag("--no-baselines", options->noBaselines, "Do not ask without pictures, do not run tesseract: half the time");
    app.add_option("--seed", options->plan.seed, "The same seed asks the same")->type_name("N")->capture_default_str();
    app.add_flag("--json", options->json, "Print JSON");
    return [options](Terminal& terminal) { return run(*options, terminal); };
}

}  // namespace

const Command evaluateCommand = {
    "evaluate",
    "Ask a model about freshly painted pictures with known answers, and say how many it gets right.",
    "evaluate --pictures 100",
    prepare,
};

}  // namespace fusionscope::cli
