#include "app/cli/video_frames.h"

#include "core/decoding/video_process.h"
#include "core/files/error.h"

namespace fusionscope::cli {

namespace {

constexpr int64_t mostBytes = int64_t{2} << 30;  // of all frames together

decoding::Sampling samplingOf(const FrameChoice& choice) {
    using Kind = decoding::Sampling::Kind;
    if (choice.every) return {Kind::Every, *choice.every};
    if (choice.scenes) return {Kind::Scenes, *choice.scenes};
    return {Kind::Uniform, static_cast<double>(choice.frames)};
}

void requireFew(size_t frames, const FrameChoice& choice, const std::string& file) {
    if (frames <= FrameChoice::most) return;
    if (choice.scenes)
        throw Error(concat("has ", frames, " scenes, at most ", FrameChoice::most, " frames can be taken"), file,
                    "Give a higher threshold with --scenes.");
    throw Error(concat("gives ", frames, " frames, at most ", FrameChoice::most, " can be taken"), file,
                "Take a longer interval with --every, or a number with --frames.");
}

}  // namespace

void FrameChoice::addTo(CLI::App& options) {
    auto* number = options
                       .add_option("--frames", frames, "Frames that are taken of a video, from its first one to its last one")
                       ->check(CLI::Range(1, most))
                       ->type_name("N")
                       ->capture_default_str();
    auto* interval = options.add_option("--every", every, "In place of --frames: one every so many seconds")
                         ->check(CLI::PositiveNumber)
                         ->type_name("S")
                         ->excludes(number);
    options
        .add_option("--scenes", scenes,
                    "In place of --frames: the first one of each scene, which begins where the colours change by more than this, 0 "
                    "to 1 (0.3 for cuts)")
        ->check(CLI::Range(0.0, 1.0))
        ->type_name("T")
        ->excludes(number)
        ->excludes(interval);
}

ShownVideo readVideo(const std::string& file, const FrameChoice& choice, const engine::Control& control) {
    const auto progress = [&](double share) { control.report("Reading " + file, share); };
    decoding::VideoProcess video(file, control.stop, progress);
    const auto& facts = video.facts();
    const auto chosen = video.choose(samplingOf(choice), progress);
    requireFew(chosen.frames.size(), choice, file);
    ShownVideo shown;
    shown.frames.times.duration = facts.duration;
    shown.all = static_cast<int64_t>(facts.seconds.size());
    int64_t bytes = 0;
    for (const auto index : chosen.frames) {
        auto picture = video.frame(index);
        if ((bytes += static_cast<int64_t>(picture.rgb.size())) > mostBytes)
            throw Error(concat("has frames of ", picture.size.width, " x ", picture.size.height, " pixels, ", chosen.frames.size(),
                               " of which are too many to hold"),
                        file, "Ask for fewer with --frames.");
        shown.indices.push_back(index);
        const auto before = static_cast<size_t>(index) - 1;
        shown.changes.push_back(index > 0 && before < chosen.changes.size() ? std::optional(chosen.changes[before]) : std::nullopt);
        shown.frames.times.seconds.push_back(facts.seconds[static_cast<size_t>(index)]);
        shown.frames.frames.push_back(engine::PictureHandle::of(std::move(picture)));
    }
    return shown;
}

}  // namespace fusionscope::cli
