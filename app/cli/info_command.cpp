#include <nlohmann/json.hpp>

#include "app/cli/command.h"
#include "app/cli/json_forms.h"
#include "app/cli/report_text.h"
#include "core/engine/program_files.h"

namespace fusionscope::cli {

namespace {

struct Options {
    std::string folder;
    bool check = false, json = false;
};

int run(const Options& options, Terminal& terminal) {
    const auto folder = options.folder.empty() ? engine::defaultModel() : std::filesystem::path(options.folder);
    const auto control = terminal.beginTask();
    const auto report = engine::inspectFolder(folder, options.check, control);
    terminal.endTask();
    if (options.json)
        terminal.writeJson(toJson(report));
    else
        terminal.write(reportText(report));
    if (report.loadable) return Done;
    terminal.say("fusionscope-cli: " + refusalOf(report));
    return Refused;
}

Action prepare(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    app.add_option("DIR", options->folder, "Checkpoint folder or .gguf file; without it the bundled model");
    app.add_flag("--check", options->check, "Read everything and validate it, every number of every tensor");
    app.add_flag("--json", options->json, "Print JSON");
    return [options](Terminal& terminal) { return run(*options, terminal); };
}

}  // namespace

const Command infoCommand = {
    "info",
    "Say what a checkpoint folder holds, what is missing and how much memory it needs.",
    "info models/nano --check",
    prepare,
};

}  // namespace fusionscope::cli
