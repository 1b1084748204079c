#pragma once

#include <cstdint>
#include <vector>

#include "core/video/frame_reader.h"

/// Which frames of a video to look at. All give frame numbers, rising.
namespace fusionscope::video {

/// The middle frames of `wanted` equal stretches of time; every frame when there are not more.
std::vector<std::int64_t> uniformFrames(const FrameReader& video, int wanted);

/// The frames shown at 0 s, `interval`, 2 · `interval`, … @throws Error when the interval is no positive number
std::vector<std::int64_t> framesEvery(const FrameReader& video, double interval);

/// The first frame, and the first one of each further scene: where the picture, seen as 16 × 16 colours, changes by more
/// than `threshold` on average (0 to 1). @throws Stopped
std::vector<std::int64_t> sceneFrames(FrameReader& video, double threshold = 0.15, const Pass& pass = {});

}  // namespace fusionscope::video
