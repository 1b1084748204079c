#include "app/cli/atlas_run.h"

#include <map>

#include "app/cli/number_list.h"
#include "core/engine/folder_report.h"
#include "core/engine/frame_atlas.h"
#include "core/engine/hash.h"
#include "core/engine/provenance.h"
#include "core/files/error.h"
#include "core/files/mapped_file.h"
#include "core/files/output_file.h"
#include "ui/export/places.h"
#include "ui/plot/offscreen_gui.h"

namespace fusionscope::cli {

namespace {

std::vector<models::ActivationInfo> mapsOf(const engine::Model& model, const AtlasRun& run, image::Size picture) {
    auto activations = model.activations(run.encoding, picture);
    if (run.prompt.empty() && model.summary().chats)
        std::erase_if(activations, [](const auto& activation) { return activation.name.starts_with("llm/"); });
    return engine::chooseMaps(activations, run.rows, run.columns);
}

engine::Provenance provenanceOf(engine::Model& model, const AtlasRun& run, const engine::PictureHandle& picture,
                                const image::ProcessedPicture& seen, const engine::Control& control) {
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
    return provenance;
}

std::string samplingText(const FrameChoice& choice) {
    if (choice.every) return concat("one every ", *choice.every, " s");
    if (choice.scenes) return concat("the first of each scene, colours changed by more than ", *choice.scenes);
    return "from the first to the last";
}

engine::VideoProvenance provenanceOf(const std::string& file, const ShownVideo& shown, const FrameChoice& choice) {
    const auto mapped = files::MappedFile::open(file);
    return {engine::sha256(mapped->bytes()), samplingText(choice), shown.all, shown.frames.times, shown.indices, shown.changes};
}

/// A place of a frame as a share of what the model sees of it.
std::array<double, 4> placeIn(const std::vector<image::ProcessedPicture>& seen, size_t frame, const std::array<double, 4>& place) {
    if (frame >= seen.size())
        throw Error(concat("there is no frame ", frame, " among the ", seen.size(), " that are shown"), {},
                    concat("Give a number from 0 to ", seen.size() - 1, "."));
    return exporting::selectionIn(seen[frame], {place}).front();
}

}  // namespace

engine::FrameScore scoreNamed(const std::string& text) {
    using Kind = engine::FrameScore::Kind;
    const auto split = text.find('=');
    const auto name = text.substr(0, split);
    engine::FrameScore score;
    score.text = split == std::string::npos ? std::string() : text.substr(split + 1);
    static const std::map<std::string, Kind> ofText = {{"word", Kind::Words}, {"agreement", Kind::Agreement}, {"answer", Kind::Answer}};
    if (const auto found = ofText.find(name); found != ofText.end() && !score.text.empty()) {
        score.kind = found->second;
        return score;
    }
    const auto numbers = name == "patch" ? numbersIn(score.text, ',') : std::vector<double>();
    if (numbers.size() != 3 || numbers[0] < 0 || numbers[0] >= FrameChoice::most)
        throw Error("\"" + text + "\" is no score", {}, "Write word=TEXT, agreement=TEXT, answer=TEXT or patch=FRAME,X,Y.");
    score.kind = Kind::Patch;
    score.frame = static_cast<size_t>(numbers[0]);
    score.x = numbers[1];
    score.y = numbers[2];
    return score;
}

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
    const plot::OffscreenGui gui;
    return exporting::writeAtlas(atlas, provenanceOf(model, run, picture, seen, control), {seen}, run.out, run.files);
}

WrittenVideo writeVideoAtlas(engine::Model& model, AtlasRun run, const VideoRun& video, const engine::Control& control) {
    const auto shown = readVideo(run.picture, video.frames, control);
    const auto& frames = shown.frames.frames;
    std::vector<image::ProcessedPicture> seen;
    for (const auto& frame : frames) seen.push_back(model.preprocess(frame, run.encoding, image::PictureUse::Frame));
    for (const auto& place : run.places) run.map.selection.push_back(placeIn(seen, static_cast<size_t>(video.frame), place));
    if (!run.places.empty()) run.map.selectionColumn = video.frame;
    const auto atlas = engine::makeFrameAtlas(model, shown.frames, {run.rows, run.columns, run.prompt, run.map, run.encoding}, control);

    WrittenVideo written;
    std::vector<engine::FrameScore> scores;
    for (const auto& text : video.scores) {
        auto score = scoreNamed(text);
        score.question = run.prompt;
        if (score.kind == engine::FrameScore::Kind::Patch) {
            const auto place = placeIn(seen, score.frame, {score.x, score.y, score.x, score.y});
            score.x = place[0];
            score.y = place[1];
        }
        scores.push_back(std::move(score));
    }
    if (!scores.empty()) written.scores = engine::scoreFrames(model, shown.frames, scores, run.encoding, control);

    auto provenance = provenanceOf(model, run, frames.front(), seen.front(), control);
    provenance.video = provenanceOf(run.picture, shown, video.frames);
    const plot::OffscreenGui gui;
    written.files = exporting::writeAtlas(atlas, provenance, seen, run.out, run.files, written.scores);
    if (!scores.empty()) {
        const auto name = run.files.name + "-scores.csv";
        files::writeText(run.out / name, engine::framesCsv(written.scores));
        written.files.emplace_back("scores", name);
    }
    return written;
}

}  // namespace fusionscope::cli
