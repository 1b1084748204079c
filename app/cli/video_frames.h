#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/engine/control.h"
#include "core/engine/request.h"

namespace fusionscope::cli {

/// Which frames of a video are looked at.
struct FrameChoice {
    int frames = 8;                       ///< so many, from the first one to the last one, unless one of these is given
    std::optional<double> every, scenes;  ///< one every so many seconds; the first one of each scene, above this change

    static constexpr int most = 64;  ///< frames that are taken of one video

    /// --frames, --every, --scenes, of which one may be given
    void addTo(CLI::App& options);
};

/// Frames of a video, and what is known of them.
struct ShownVideo {
    engine::VideoFrames frames;
    std::vector<int64_t> indices;                 ///< one a frame: its number in the video
    std::vector<std::optional<double>> changes;   ///< one a frame: from the frame before it, where scenes were looked for
    int64_t all = 0;                              ///< frames of the video
};

/// Decoded by a process of its own (see decoding::VideoProcess).
/// @throws Error when it is no video, breaks the decoder, is too large or more frames are chosen than may be; Stopped
ShownVideo readVideo(const std::string& file, const FrameChoice& choice, const engine::Control& control);

}  // namespace fusionscope::cli
