#pragma once

#include <ATen/core/Tensor.h>

#include "core/fusion/fusion_options.h"

namespace fusionscope::fusion {

using at::Tensor;

/// The features that depth-breadth fusion joins, each [batch, tokens, width].
struct FeatureBlocks {
    Tensor image;                    ///< V, the depth feature
    Tensor caption, ocr, grounding;  ///< the encoder's image rows under each prompt, the breadth

    const Tensor& operator[](Block block) const;
};

/// Depth-breadth fusion (Chen et al. 2024, arXiv 2412.04424, section 3.3).
/// Ablated blocks are replaced by zeros or by their mean over the tokens before joining.
/// @return Channels: [batch, tokens, blocks*width]; Tokens: [batch, blocks*tokens, width]; Average: [batch, tokens,
/// width]
/// @throws Error when the order is empty
Tensor fuse(const FeatureBlocks& blocks, const FusionOptions& options);

}  // namespace fusionscope::fusion
