// Writes a checkpoint folder with random weights and the tensors, shapes and files of a published one.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "tests/tools/checkpoint_plan.h"

int main(int argc, char** argv) {
    using namespace fusionscope::tools;
    CLI::App app{
        "Writes a checkpoint folder with random bf16 weights and the shapes of a published one, for measurements.\n"
        "Its tokenizer is a small one of the tests: ids above its size decode to nothing.\n"
        "Example: make_checkpoint florence-vl-3b /tmp/fvl-3b"};
    std::string name, folder, golden = FUSIONSCOPE_SOURCE_DIR "/tests/golden";
    Scale scale = Scale::Full;
    double shardGigabytes = 5;
    app.add_option("name", name, "What to make")->required()->check(CLI::IsMember(planNames()));
    app.add_option("folder", folder, "Where to write it; must not exist")->required();
    app.add_option("--scale", scale, "full; small: real widths, few layers; tiny: little of everything")
        ->transform(CLI::CheckedTransformer(
            std::map<std::string, Scale>{{"full", Scale::Full}, {"small", Scale::Small}, {"tiny", Scale::Tiny}}));
    app.add_option("--shard-gb", shardGigabytes, "Largest size of one weight file")->check(CLI::PositiveNumber);
    app.add_option("--golden", golden, "The folder tests/golden")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        const CheckpointPlan plan = planCheckpoint(name, scale, golden);
        writeCheckpoint(plan, golden, folder, static_cast<int64_t>(shardGigabytes * 1e9));
        std::printf("%s: %zu tensors, %.3f GB\n", folder.c_str(), plan.tensors().size(),
                    static_cast<double>(plan.bytes()) / 1e9);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
