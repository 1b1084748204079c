#include "core/video/samplers.h"

#include <algorithm>
#include <cmath>

#include "core/files/error.h"
#include "core/image/resample.h"

namespace fusionscope::video {

namespace {

constexpr image::Size sketchSize{16, 16};

double difference(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(int(a[i]) - int(b[i]));
    return sum / static_cast<double>(a.size()) / 255;
}

void addOnce(std::vector<std::int64_t>& frames, std::int64_t frame) {
    if (frames.empty() || frames.back() < frame) frames.push_back(frame);
}

}  // namespace

std::vector<std::int64_t> uniformFrames(const FrameReader& video, int wanted) {
    const int stretches = static_cast<int>(std::clamp<std::int64_t>(wanted, 0, video.count()));
    std::vector<std::int64_t> frames;
    for (int stretch = 0; stretch < stretches; ++stretch)
        addOnce(frames, stretches == video.count() ? stretch
                                                   : video.indexAt((stretch + 0.5) / stretches * video.seconds()));
    return frames;
}

std::vector<std::int64_t> framesEvery(const FrameReader& video, double interval) {
    if (!(interval > 0) || !std::isfinite(interval))
        throw Error("the time between two frames is not more than 0 seconds", "", "Give a number such as 2.5.");
    std::vector<std::int64_t> frames;
    const double step = std::max(interval, 1 / video.framesPerSecond() / 2);  // no frame is wanted twice
    for (double at = 0; at < video.seconds(); at += step) addOnce(frames, video.indexAt(at));
    return frames;
}

std::vector<std::int64_t> sceneFrames(FrameReader& video, double threshold, const Pass& pass) {
    std::vector<std::int64_t> frames;
    std::vector<std::uint8_t> before;
    for (std::int64_t index = 0; index < video.count(); ++index) {
        if (pass.stop.stop_requested()) throw Stopped();
        const auto picture = video.frame(index);
        auto sketch = image::resample(picture.view(), sketchSize, image::Filter::Box);
        if (before.empty() || difference(before, sketch) > threshold) frames.push_back(index);
        before = std::move(sketch);
        if (pass.progress) pass.progress(static_cast<double>(index + 1) / static_cast<double>(video.count()));
    }
    return frames;
}

}  // namespace fusionscope::video
