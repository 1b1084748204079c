#include <nlohmann/json.hpp>

#include "app/cli/command.h"
#include "app/cli/model_options.h"
#include "core/engine/conversion.h"
#include "core/engine/memory.h"
#include "core/files/error.h"
#include "core/files/model_folder.h"

namespace fusionscope::cli {

namespace {

struct Options {
    ModelOptions model;
    std::string precision, out;
    int64_t groupSize = 32;
    bool json = false;
};

int run(const Options& options, Terminal& terminal) {
    const auto source = options.model.path();
    const auto control = terminal.beginTask();
    engine::convertCheckpoint(source, engine::precisionNamed(options.precision), options.groupSize, options.out, control);
    terminal.endTask();
    const auto before = static_cast<int64_t>(files::ModelFolder::open(source).weightBytes());
    const auto after = static_cast<int64_t>(files::ModelFolder::open(options.out).weightBytes());
    if (options.json)
        terminal.writeJson({{"out", options.out}, {"bytes_before", before}, {"bytes_after", after}});
    else
        terminal.writeLine(concat(options.out, ": ", engine::bytesText(before), " of weights became ",
                                  engine::bytesText(after), "."));
    return Done;
}

Action prepare(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    options->model.addFolderTo(app);
    app.add_option("--dtype", options->precision, "int8, or int4 for the smallest")
        ->required()
        ->check(CLI::IsMember({"int8", "int4"}));
    app.add_option("--group-size", options->groupSize, "Columns that share a scale in int4: 32, 64 or 128")
        ->check(CLI::IsMember({32, 64, 128}))
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--out", options->out, "Folder to make; must not exist")->required()->type_name("DIR");
    app.add_flag("--json", options->json, "Print JSON");
    return [options](Terminal& terminal) { return run(*options, terminal); };
}

}  // namespace

const Command convertCommand = {
    "convert",
    "Write a checkpoint with int8 or int4 weights beside the original.",
    "convert --model models/nano --dtype int8 --out nano-int8",
    prepare,
};

}  // namespace fusionscope::cli
