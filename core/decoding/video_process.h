#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "core/image/picture.h"

/// Videos without a decoder in this process.
namespace fusionscope::decoding {

/// What is known of a video.
struct VideoFacts {
    image::Size size;
    std::vector<double> seconds;  ///< when each frame is shown, rising; never empty
    double framesPerSecond = 0;
    double duration = 0;          ///< in seconds
};

/// Which frames are chosen.
struct Sampling {
    enum class Kind { Uniform, Every, Scenes } kind = Kind::Uniform;
    double value = 8;  ///< frames; seconds between two of them; or the change that begins a scene (0 to 1)
};
/// "uniform 8", "every 2.5", "scenes 0.3": as the decoder is asked.
std::string textOf(const Sampling& sampling);

struct Choice {
    std::vector<std::int64_t> frames;  ///< rising
    std::vector<double> changes;       ///< of scenes: from each frame of the video to the one after it
};

/// How a decoder is started and watched.
struct DecoderOptions {
    std::filesystem::path program;   ///< empty: fusionscope-decode beside this program
    int silenceMilliseconds = 10'000;  ///< it is ended when it says nothing for so long while something is asked of it
};

/// A video that a process of its own decodes (fusionscope-decode) and keeps open, so that one frame after another comes
/// quickly and a broken file can end that process alone. One thread at a time, the one that made it.
class VideoProcess {
  public:
    using Progress = std::function<void(double share)>;

    /// Starts the decoder, which reads the whole file once.
    /// @param stop ends the decoder at any time, also later; what is asked then throws Stopped
    /// @throws Error when it is no video, or the decoder is missing, breaks or falls silent; Stopped
    explicit VideoProcess(const std::filesystem::path& file, std::stop_token stop = {}, const Progress& progress = {},
                          const DecoderOptions& options = {});
    ~VideoProcess();

    const VideoFacts& facts() const;
    /// @throws Error when there is no such frame, it is too large, the file has changed, or the decoder has gone; Stopped
    image::Picture frame(std::int64_t index);
    /// Scenes are looked for in the whole video. @throws Error as frame(), and for a number that no rule takes; Stopped
    Choice choose(const Sampling& sampling, const Progress& progress = {});
    /// The decoder can still be asked.
    bool isAlive() const;

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace fusionscope::decoding
