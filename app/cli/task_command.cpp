#include <nlohmann/json.hpp>
#include <span>

#include "app/cli/command.h"
#include "app/cli/json_forms.h"
#include "app/cli/model_options.h"
#include "core/files/error.h"
#include "core/models/florence_tasks.h"

namespace fusionscope::cli {

namespace {

struct Options {
    ModelOptions model;
    std::string task = "<CAPTION>", text, picture;
    int64_t beams = 0, maxNewTokens = 0;
    bool list = false, json = false;
};

std::string coordinates(std::span<const double> values) {
    std::string text;
    for (const double value : values) {
        char number[32];
        std::snprintf(number, sizeof number, " %.1f", value);
        text += number;
    }
    return text;
}

/// One line a region: its kind and coordinates in the picture's pixels, then its label.
std::string regionText(const models::FlorenceRegion& region) {
    std::string text;
    if (region.box) text += "box" + coordinates(*region.box);
    if (region.quad) text += "quad" + coordinates(*region.quad);
    for (const auto& polygon : region.polygons) text += (text.empty() ? "polygon" : " polygon") + coordinates(polygon);
    return text + "  " + region.label;
}

void listTasks(Terminal& terminal) {
    for (const auto& task : models::florenceTasks())
        terminal.writeLine(concat(task.marker, "  ", task.prompt, task.takesText() ? "  (needs --text)" : ""));
}

int run(const Options& options, Terminal& terminal) {
    if (options.list) {
        listTasks(terminal);
        return Done;
    }
    const auto control = terminal.beginTask();
    models::florenceTask(options.task);  // an unknown task is told before anything is loaded
    auto picture = engine::PictureHandle::read(options.picture);
    const auto model = options.model.open(control);
    const auto answer = model->task({.task = options.task,
                                     .text = options.text,
                                     .picture = std::move(picture),
                                     .beams = options.beams,
                                     .maxNewTokens = options.maxNewTokens,
                                     .onText = {}},
                                    control);
    terminal.endTask();
    if (options.json) {
        terminal.writeJson(toJson(answer));
    } else if (answer.answer->task->answer == models::FlorenceAnswerKind::Text) {
        terminal.writeLine(answer.answer->text);
    } else {
        for (const auto& region : answer.answer->regions) terminal.writeLine(regionText(region));
    }
    return Done;
}

Action prepare(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    options->model.addTo(app);
    auto* list = app.add_flag("--list", options->list, "Print the tasks and their prompts");
    auto* picture = app.add_option("IMAGE", options->picture, "Picture file");
    app.add_option("--task", options->task, "Task marker, with or without brackets")
        ->type_name("NAME")
        ->capture_default_str();
    app.add_option("--text", options->text, "What the task asks about: a phrase, or a region as <loc_…> four times");
    app.add_option("--beams", options->beams, "Beams of the search; 0: as the checkpoint says")
        ->check(CLI::Range(0, 64))
        ->type_name("N");
    app.add_option("--max-new-tokens", options->maxNewTokens, "Tokens of the answer at most; 0: as the checkpoint says")
        ->check(CLI::Range(int64_t{0}, int64_t{1} << 20))
        ->type_name("N");
    app.add_flag("--json", options->json, "Print JSON");
    return [options, list, picture](Terminal& terminal) {
        if (list->empty() && picture->empty()) throw CLI::RequiredError("IMAGE");
        return run(*options, terminal);
    };
}

}  // namespace

const Command taskCommand = {
    "task",
    "Run a task of Florence-2 on a picture: captions, boxes, text, segmentation.",
    "task --model checkpoints/Florence-2-base --task '<OD>' photo.jpg --json",
    prepare,
};

}  // namespace fusionscope::cli
