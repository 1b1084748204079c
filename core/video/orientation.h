#pragma once

#include <filesystem>

namespace fusionscope::video {

/// How often the pictures of an MP4 or MOV file must be turned clockwise by 90 degrees to be upright, 0 to 3: what its
/// video track's header says (ISO/IEC 14496-12, 8.3.2). 0 for other files, mirrored pictures and whatever is damaged.
/// OpenCV's own turning went the wrong way round for some versions of FFmpeg.
int quarterTurns(const std::filesystem::path& file);

}  // namespace fusionscope::video
