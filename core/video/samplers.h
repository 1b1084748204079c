#pragma once

#include <cstdint>
#include <vector>

#include "core/video/frame_reader.h"

/// Which frames of a video to look at. All give frame numbers, rising, at least one.
namespace fusionscope::video {

/// Frames trunc(i · (count − 1) / (wanted − 1)) as the references choose them (numpy.linspace cast to integers, in
/// LLaVA-NeXT and SmolVLM2), each once: the first one, the last one and what lies between; every frame when there are
/// not more than `wanted`. @throws Error when less than one is wanted
std::vector<std::int64_t> uniformFrames(const FrameReader& video, int wanted);

/// The frames shown at 0 s, `interval`, 2 · `interval`, … @throws Error when the interval is no positive number
std::vector<std::int64_t> framesEvery(const FrameReader& video, double interval);

/// The change() that begins a scene, where nobody says otherwise.
inline constexpr double usualSceneThreshold = 0.3;

/// The first frame, and the first one of each further scene: those whose change() from the frame before is above
/// `threshold`. Reads the whole video. @throws Error unless the threshold lies in 0 to 1; Stopped
std::vector<std::int64_t> sceneFrames(FrameReader& video, double threshold = usualSceneThreshold, const Pass& pass = {});
/// The same with changes in hand. @param changes what frameChanges() gave
std::vector<std::int64_t> sceneFrames(const std::vector<double>& changes, double threshold);

/// The change() from each frame to the one after it: one less than there are frames. @throws Stopped
std::vector<double> frameChanges(FrameReader& video, const Pass& pass = {});

/// How different two pictures are by their colours, 0 to 1, whatever moves in them: the distance (half the sum of
/// differences) of their histograms of red, green and blue in 16 steps each, averaged. A sample is shared between the two
/// steps that it lies between, so that noise at a border changes little.
double change(const image::Picture& before, const image::Picture& after);

}  // namespace fusionscope::video
