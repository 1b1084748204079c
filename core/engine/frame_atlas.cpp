#include "core/engine/frame_atlas.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <limits>

#include "core/files/error.h"

namespace fusionscope::engine {

namespace {

/// The maps that are drawn of every frame.
std::vector<models::ActivationInfo> mapsOfFrames(const Model& model, image::Size size, const FrameAtlasRun& run) {
    auto all = model.activations(run.encoding, size, image::PictureUse::Frame);
    if (run.prompt.empty()) std::erase_if(all, [](const auto& info) { return info.name.starts_with("llm/"); });
    if (run.rows.empty() && run.columns.empty() && std::ranges::any_of(all, &models::ActivationInfo::reachesLanguageModel))
        std::erase_if(all, [](const auto& info) { return !info.reachesLanguageModel || info.name.starts_with("llm/"); });
    return chooseMaps(all, run.rows, run.columns);
}

/// The same map of one frame, at its place among the frames.
models::ActivationInfo ofFrame(models::ActivationInfo info, size_t frame, double seconds) {
    info.name = concat("frame", frame, "/", info.name);
    info.row += " " + info.column;
    info.column = timeText(seconds);
    return info;
}

/// Gives the numbers of a row one range of colours, so that they compare over time.
void shareRanges(Atlas& atlas) {
    std::vector<inspect::Range> shared(atlas.rows.size(), {std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()});
    for (const auto& cell : atlas.cells) {
        auto& range = shared[static_cast<size_t>(cell.row)];
        range = {std::min(range.low, cell.range.low), std::max(range.high, cell.range.high)};
    }
    for (auto& cell : atlas.cells) cell.range = shared[static_cast<size_t>(cell.row)];
}

}  // namespace

Atlas makeFrameAtlas(Model& model, const VideoFrames& video, const FrameAtlasRun& run, const Control& control) {
    if (video.frames.empty()) throw Error("there are no frames to draw", {}, "Choose some.");
    std::vector<models::ActivationInfo> chosen;
    std::vector<FeatureMap> maps;
    const auto wanted = mapsOfFrames(model, video.frames.front().size(), run);
    std::vector<std::string> names;
    for (const auto& info : wanted) names.push_back(info.name);
    for (size_t frame = 0; frame < video.frames.size(); ++frame) {
        control.report(concat("Drawing frame ", frame + 1, " of ", video.frames.size()),
                       static_cast<double>(frame) / static_cast<double>(video.frames.size()));
        auto own = model.featureMaps(names, video.frames[frame], run.prompt, run.encoding, {control.stop, {}},
                                     image::PictureUse::Frame);
        for (auto& map : own) map.name = concat("frame", frame, "/", map.name);
        std::ranges::move(own, std::back_inserter(maps));
        for (const auto& info : wanted) chosen.push_back(ofFrame(info, frame, video.times.seconds.at(frame)));
    }
    auto options = run.map;
    if (options.basis == BasisScope::Map) options.basis = BasisScope::Row;
    auto atlas = makeAtlas(chosen, std::move(maps), options, control);
    shareRanges(atlas);
    return atlas;
}

std::string timeText(double seconds) {
    const auto hundredths = std::llround(std::max(seconds, 0.0) * 100);
    char text[48];
    const long long minutes = hundredths / 6000;
    if (minutes >= 60)
        std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", minutes / 60, minutes % 60, hundredths / 100 % 60);
    else
        std::snprintf(text, sizeof text, "%lld:%02lld", minutes, hundredths / 100 % 60);
    std::string result(text);
    if (const auto rest = hundredths % 100; rest > 0) {
        std::snprintf(text, sizeof text, ".%02lld", rest);
        result += text;
        if (result.ends_with('0')) result.pop_back();
    }
    return result;
}

}  // namespace fusionscope::engine
