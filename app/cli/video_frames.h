#pragma once

#include <string>

#include "core/engine/control.h"
#include "core/engine/request.h"

namespace fusionscope::cli {

/// Frames from equal stretches of a video, decoded by a child process (fusionscope-decode) that a broken file may kill.
/// @param wanted frames; all of them when the video has fewer
/// @throws Error when it is no video, breaks the decoder or is too large; Stopped
engine::VideoFrames readVideo(const std::string& file, int wanted, const engine::Control& control);

}  // namespace fusionscope::cli
