#include "core/video/samplers.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/files/error.h"

namespace fusionscope::video {

namespace {

constexpr int steps = 16;
/// Pixels looked at along a side: more change a histogram by nothing that matters.
constexpr int mostAlongSide = 256;

using Histogram = std::array<std::array<double, steps>, 3>;  // shares of all pixels, by channel

Histogram histogramOf(const image::Picture& picture) {
    Histogram histogram{};
    const auto view = picture.view();
    const int stepX = (view.size.width - 1) / mostAlongSide + 1, stepY = (view.size.height - 1) / mostAlongSide + 1;
    double pixels = 0;
    for (int y = 0; y < view.size.height; y += stepY)
        for (int x = 0; x < view.size.width; x += stepX, ++pixels)
            for (std::size_t channel = 0; channel < 3; ++channel) {
                const double place = view.row(y)[3 * x + static_cast<int>(channel)] * (steps - 1) / 255.0;
                const int lower = std::min(static_cast<int>(place), steps - 2);
                histogram[channel][static_cast<std::size_t>(lower)] += lower + 1 - place;
                histogram[channel][static_cast<std::size_t>(lower) + 1] += place - lower;
            }
    for (auto& channel : histogram)
        for (auto& share : channel) share /= pixels;
    return histogram;
}

double distance(const Histogram& a, const Histogram& b) {
    double sum = 0;
    for (std::size_t channel = 0; channel < a.size(); ++channel)
        for (std::size_t step = 0; step < a[channel].size(); ++step) sum += std::abs(a[channel][step] - b[channel][step]);
    return std::min(sum / 2 / static_cast<double>(a.size()), 1.0);
}

void addOnce(std::vector<std::int64_t>& frames, std::int64_t frame) {
    if (frames.empty() || frames.back() < frame) frames.push_back(frame);
}

void check(double threshold) {
    if (!(threshold >= 0 && threshold <= 1))
        throw Error("the change that begins a scene is not within 0 to 1", "", "Give a number such as 0.3.");
}

}  // namespace

std::vector<std::int64_t> uniformFrames(const FrameReader& video, int wanted) {
    if (wanted < 1) throw Error("less than one frame is wanted", "", "Ask for 1 or more.");
    const auto last = video.count() - 1;
    if (wanted == 1) return {0};
    std::vector<std::int64_t> frames;
    const double step = static_cast<double>(last) / (wanted - 1);
    for (int i = 0; i + 1 < wanted; ++i) addOnce(frames, static_cast<std::int64_t>(i * step));
    addOnce(frames, last);
    return frames;
}

std::vector<std::int64_t> framesEvery(const FrameReader& video, double interval) {
    if (!(interval > 0) || !std::isfinite(interval))
        throw Error("the time between two frames is not more than 0 seconds", "", "Give a number such as 2.5.");
    constexpr double sameTime = 1e-4;  // as FrameReader::indexAt() has it
    const double step = std::max(interval, 1 / video.framesPerSecond() / 2);
    std::vector<std::int64_t> frames;
    for (std::int64_t index = 0; index < video.count(); ++index) {  // a gap between two frames may be years long
        const double end = index + 1 < video.count() ? video.secondsOf(index + 1) - sameTime : video.seconds();
        if (std::ceil((video.secondsOf(index) - sameTime) / step) * step < end) frames.push_back(index);
    }
    return frames;
}

std::vector<std::int64_t> sceneFrames(FrameReader& video, double threshold, const Pass& pass) {
    check(threshold);
    return sceneFrames(frameChanges(video, pass), threshold);
}

std::vector<std::int64_t> sceneFrames(const std::vector<double>& changes, double threshold) {
    check(threshold);
    std::vector<std::int64_t> frames = {0};
    for (std::size_t i = 0; i < changes.size(); ++i)
        if (changes[i] > threshold) frames.push_back(static_cast<std::int64_t>(i) + 1);
    return frames;
}

std::vector<double> frameChanges(FrameReader& video, const Pass& pass) {
    std::vector<double> changes;
    Histogram before{};
    for (std::int64_t index = 0; index < video.count(); ++index) {
        if (pass.stop.stop_requested()) throw Stopped();
        const auto histogram = histogramOf(video.frame(index, {pass.stop, {}}));
        if (index > 0) changes.push_back(distance(before, histogram));
        before = histogram;
        if (pass.progress) pass.progress(static_cast<double>(index + 1) / static_cast<double>(video.count()));
    }
    return changes;
}

double change(const image::Picture& before, const image::Picture& after) {
    return distance(histogramOf(before), histogramOf(after));
}

}  // namespace fusionscope::video
