#pragma once

#include <cstdint>
#include <vector>

namespace fusionscope::vision {

/// What one stage of DaViT looks like.
struct DavitStageConfig {
    int64_t width = 0;   ///< channels
    int64_t depth = 1;   ///< blocks, each a spatial and a channel half
    int64_t heads = 1;   ///< of the window attention
    int64_t groups = 1;  ///< of the channel attention
    int64_t patch = 3;   ///< kernel of the patch embedding
    int64_t stride = 2;
    int64_t padding = 1;
    bool normBefore = true;  ///< normalise before the patch convolution (else after it)

    /// Side of this stage's grid for an input side; 0 when the patch does not fit.
    int64_t gridSide(int64_t input) const {
        const int64_t room = input + 2 * padding - patch;
        return input < 1 || room < 0 ? 0 : room / stride + 1;
    }
};

/// What a DaViT backbone looks like; read from a checkpoint's config.json by models/florence_config.h.
struct DavitConfig {
    std::vector<DavitStageConfig> stages;
    int64_t channels = 3;  ///< of the picture
    int64_t window = 12;   ///< side of an attention window in tokens
    int64_t mlpRatio = 4;
    double epsilon = 1e-5;

    int64_t outputWidth() const { return stages.back().width; }
    /// Side of the last stage's grid for an input side in pixels; 0 when the picture is too small.
    int64_t gridSide(int64_t input) const {
        for (const auto& stage : stages) input = stage.gridSide(input);
        return input;
    }
};

}  // namespace fusionscope::vision
