#include "app/cli/atlas_run.h"

#include "core/engine/folder_report.h"
#include "core/engine/provenance.h"
#include "ui/export/places.h"
#include "ui/plot/offscreen_gui.h"

namespace fusionscope::cli {

namespace {

std::vector<models::ActivationInfo> mapsOf(const engine::Model& model, const AtlasRun& run, image::Size picture) {
    auto activations = model.activations(run.encoding, picture);
    if (run.prompt.empty() && !model.summary().runsTasks)
        std::erase_if(activations, [](const auto& activation) { return activation.name.starts_with("llm/"); });
    return engine::chooseMaps(activations, run.rows, run.columns);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> writeAtlas(engine::Model& model, AtlasRun run,
                                                            const engine::Control& control) {
    const auto picture = engine::PictureHandle::read(run.picture);
    const auto seen = model.preprocess(picture, run.encoding);
    run.map.selection = exporting::selectionIn(seen, run.places);
    const auto chosen = mapsOf(model, run, picture.size());
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
