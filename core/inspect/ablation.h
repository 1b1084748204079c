#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/fusion/depth_breadth.h"

namespace fusionscope::inspect {

/// Values of fused features: those in one of the blocks, at one of the rows, in one of the channels at once.
struct FeatureSelection {
    std::vector<fusion::Block> blocks;
    std::optional<std::vector<int64_t>> tokens;  ///< none: all rows of a block, a pooled one included
    std::optional<std::pair<int64_t, int64_t>> channels;  ///< first and last; none: all
};

/// Zeros in the shape of the blocks.
fusion::FeatureBlocks zerosLike(const fusion::FeatureBlocks& blocks);
/// In every row the mean over the patches. @param firstPatch rows before it (a pooled one) do not count
fusion::FeatureBlocks meansOf(const fusion::FeatureBlocks& blocks, int64_t firstPatch);

/// The blocks with the selected values taken from others of the same shape. What is not selected stays to the bit.
/// @throws Error when the shapes differ or a token or channel lies outside
fusion::FeatureBlocks replaceSelected(const fusion::FeatureBlocks& blocks, const fusion::FeatureBlocks& others,
                                      const FeatureSelection& selection);

}  // namespace fusionscope::inspect
