#pragma once

#include <string>
#include <vector>

namespace fusionscope::text {

/// When the frames of a video are shown, in seconds from its beginning.
struct VideoTimes {
    std::vector<double> seconds;  ///< one a frame, rising
    double duration = 0;          ///< of the whole video
};

/// How SmolVLM2 writes a video around its frames' pictures (its processor's words): what stands before the first frame,
/// and before each frame.
std::string videoIntroduction(const VideoTimes& times);
std::string frameIntroduction(double seconds);
/// Behind the last frame.
inline constexpr const char* videoEnd = "\n\n";

/// 0 to 999 in English, "sixty-four"; larger numbers in digits.
std::string inWords(std::size_t number);

}  // namespace fusionscope::text
