#include <nlohmann/json.hpp>

#include "app/cli/command.h"
#include "app/cli/model_options.h"
#include "core/engine/picture_processor.h"
#include "core/engine/provenance.h"
#include "core/files/error.h"
#include "core/files/model_folder.h"
#include "core/files/safetensors.h"

namespace fusionscope::cli {

namespace {

struct Options {
    ModelOptions model;
    std::string picture, out;
    bool json = false, whole = false, dropAlpha = false;
};

void write(const image::ProcessedPicture& processed, const std::string& text, const std::string& out) {
    const int64_t views = processed.views, height = processed.size.height, width = processed.size.width;
    const auto& transform = processed.transform();
    files::writeSafetensors(
        out,
        {{{"pixel_values", files::DType::F32, {views, 3, height, width}}, std::as_bytes(std::span(processed.pixels))},
         {{"rgb", files::DType::U8, {views, height, width, 3}}, std::as_bytes(std::span(processed.seen))}},
        {{"preprocessing", text},
         {"original_size", concat(processed.original.width, " x ", processed.original.height)},
         {"tiles", concat(processed.tileRows, " x ", processed.tileColumns)},
         {"scale", concat(transform.scaleX, " ", transform.scaleY)},
         {"offset", concat(transform.offsetX, " ", transform.offsetY)}});
}

int run(const Options& options, Terminal& terminal) {
    const auto picture = engine::PictureHandle::read(options.picture);
    const auto processor = engine::loadCheckpointProcessor(files::ModelFolder::open(options.model.path()));
    image::ProcessOptions processing;
    if (options.model.load.pillow13Order) processing.order = image::PassOrder::Pillow13;
    processing.tiles = !options.whole;
    processing.white = !options.dropAlpha;
    const auto processed = processor->process(*picture.picture(), processing);
    const auto text = engine::preprocessingText(processed, options.model.load.pillow13Order);
    write(processed, text, options.out);
    if (options.json)
        terminal.writeJson({{"out", options.out},
                            {"preprocessing", text},
                            {"shape", std::vector<int>{processed.views, 3, processed.size.height, processed.size.width}},
                            {"original", {{"width", processed.original.width}, {"height", processed.original.height}}}});
    else
        terminal.writeLine(concat(options.out, ": ", text, "."));
    return Done;
}

Action prepare(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    options->model.addFolderTo(app);
    app.add_option("IMAGE", options->picture, "Picture file")->required();
    app.add_option("--out", options->out, "Where pixel_values and rgb (before normalisation) go")
        ->required()
        ->type_name("F.safetensors");
    app.add_flag("--pillow13", options->model.load.pillow13Order, "Resize with the passes in the order of Pillow 13");
    app.add_flag("--no-tiles", options->whole, "Do not cut the picture into tiles where the family does");
    app.add_flag("--drop-alpha", options->dropAlpha, "Drop transparency where the family blends it on white");
    app.add_flag("--json", options->json, "Print JSON");
    return [options](Terminal& terminal) { return run(*options, terminal); };
}

}  // namespace

const Command preprocessCommand = {
    "preprocess",
    "Write a picture as a checkpoint's vision tower takes it.",
    "preprocess --model models/nano photo.jpg --out pixels.safetensors",
    prepare,
};

}  // namespace fusionscope::cli
