#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "core/image/picture.h"

namespace fusionscope::video {

/// What a video may cost before it is refused.
struct VideoLimits {
    std::int64_t pixels = std::int64_t{1} << 26;  ///< of one frame (67 megapixels: 8K and more)
    std::int64_t frames = 1'000'000;              ///< nine hours at 30 a second
};

/// How to stop a long pass, and who hears how far it is (0 to 1).
struct Pass {
    std::stop_token stop;
    std::function<void(double share)> progress;
};

/// Frames of a video file by number, exactly.
///
/// Opening reads the whole file once and writes down the time stamp of every frame that can be decoded; what the
/// container claims about their number or rate is not believed. A frame is then found by the decoder's own seeking, but
/// only taken when the frame found carries the time stamp written down; else frames are counted from the beginning. One
/// thread at a time.
class FrameReader {
  public:
    /// AVI, MP4, MOV, MKV, WebM, Ogg, MPEG and FLV files, told by their content.
    /// @throws Error for anything else, for a video without a decodable frame or beyond the limits; Stopped
    explicit FrameReader(const std::filesystem::path& file, const Pass& pass = {}, const VideoLimits& limits = {});
    ~FrameReader();
    FrameReader(FrameReader&&) noexcept;
    FrameReader& operator=(FrameReader&&) noexcept;

    /// Frames that can be decoded, counted; at least one.
    std::int64_t count() const;
    /// Frames per second on average, from the time stamps; the container's claim for a single frame.
    double framesPerSecond() const;
    /// When a frame is shown, from the first frame on. @throws Error when there is no such frame
    double secondsOf(std::int64_t index) const;
    /// The frame that is shown at a time: the last one that is not later.
    std::int64_t indexAt(double seconds) const;
    /// From the first frame's beginning to about the last one's end.
    double seconds() const;
    image::Size size() const;

    /// @param pass asked and told at every frame that is passed by on the way
    /// @throws Error when there is no such frame, it is too large, or the file has changed since it was opened; Stopped
    image::Picture frame(std::int64_t index, const Pass& pass = {});

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace fusionscope::video
