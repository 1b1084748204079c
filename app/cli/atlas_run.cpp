#include "app/cli/atlas_run.h"

#include "core/engine/folder_report.h"
#include "core/engine/provenance.h"
#include "core/files/error.h"
#include "ui/plot/offscreen_gui.h"

namespace fusionscope::cli {

namespace {

/// Places of the original picture as shares of what the model sees.
std::vector<std::array<double, 4>> selectionOf(const std::vector<std::array<double, 4>>& places,
                                               const image::ProcessedPicture& seen) {
    std::vector<std::array<double, 4>> selection;
    const auto& transform = seen.transforms.front();
    for (const auto& [left, top, right, bottom] : places) {
        if (left < 0 || top < 0 || right > seen.original.width || bottom > seen.original.height || right < left ||
            bottom < top)
            throw Error(concat("the place ", left, ",", top, ",", right, ",", bottom, " is not inside the picture of ",
                               seen.original.width, " × ", seen.original.height, " pixels"),
                        {});
        const auto first = transform.toView(image::Point{left, top});
        const auto last = transform.toView(image::Point{right, bottom});
        selection.push_back({first.x / seen.size.width, first.y / seen.size.height, last.x / seen.size.width,
                             last.y / seen.size.height});
    }
    return selection;
}

std::vector<models::ActivationInfo> mapsOf(const engine::Model& model, const AtlasRun& run) {
    auto activations = model.activations(run.encoding);
    if (run.prompt.empty() && !model.summary().runsTasks)
        std::erase_if(activations, [](const auto& activation) { return activation.name.starts_with("llm/"); });
    return engine::chooseMaps(activations, run.rows, run.columns);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> writeAtlas(engine::Model& model, AtlasRun run,
                                                            const engine::Control& control) {
    const auto picture = engine::PictureHandle::read(run.picture);
    const auto seen = model.preprocess(picture);
    run.map.selection = selectionOf(run.places, seen);
    const auto chosen = mapsOf(model, run);
    std::vector<std::string> names;
    for (const auto& activation : chosen) names.push_back(activation.name);
    auto maps = model.featureMaps(names, picture, run.prompt, run.encoding, control);
    const auto atlas = engine::makeAtlas(chosen, std::move(maps), run.map, control);

    engine::Provenance provenance;
    provenance.model = model.summary();
    provenance.modelHash = engine::checkpointHash(std::filesystem::path(model.summary().folder), control);
    provenance.pictureName = std::filesystem::path(run.picture).filename().string();
    provenance.picture = picture;
    provenance.preprocessing = engine::preprocessingText(seen, run.pillow13Order);
    provenance.prompt = run.prompt;
    provenance.encoding = run.encoding;
    provenance.extraPrompts = run.extraPrompts;
    provenance.command = run.command;
    const plot::OffscreenGui gui;
    return exporting::writeAtlas(atlas, provenance, seen, run.out, run.files);
}

}  // namespace fusionscope::cli
