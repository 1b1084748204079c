#pragma once

#include <cstdint>

namespace fusionscope::files {
class Fields;
}

namespace fusionscope::vision {

/// What a SigLIP tower looks like. The numbers here are the library's defaults, which files leave out.
struct SiglipConfig {
    int64_t width = 768;
    int64_t inner = 3072;  ///< of the MLP
    int64_t layers = 12;
    int64_t heads = 12;
    int64_t channels = 3;     ///< of the picture
    int64_t imageSide = 224;  ///< that the position table is made for, in pixels
    int64_t patch = 16;       ///< side, in pixels
    double epsilon = 1e-6;    ///< of every layer norm

    /// Patches along one side of the position table; pixels that fill no patch are never read.
    int64_t gridSide() const { return imageSide / patch; }

    /// From a `vision_config` (or the config of a tower alone). What is absent stays as in `defaults`.
    /// @throws Error when a number is out of range, does not fit another, or the activation is another one
    static SiglipConfig read(const files::Fields& vision, const SiglipConfig& defaults);
};

}  // namespace fusionscope::vision
