#pragma once

#include <cstdint>

#include "core/language/beam_search.h"

namespace fusionscope::language {

/// What a BART encoder and decoder look like (Lewis et al. 2019, arXiv 1910.13461): post-norm, learned positions.
struct BartConfig {
    int64_t width = 0;
    int64_t vocabulary = 0;  ///< rows of the shared embedding, read from the weights
    int64_t encoderLayers = 0, decoderLayers = 0;
    int64_t encoderHeads = 1, decoderHeads = 1;
    int64_t encoderInner = 0, decoderInner = 0;  ///< width between the two layers of the MLP
    int64_t encoderPositions = 0;                ///< rows of the encoder's position table, 2 of them unused
    int64_t decoderPositions = 0;
    bool scaleEmbedding = false;  ///< multiply token embeddings by sqrt(width)
    double epsilon = 1e-5;
    SequenceOptions generation;  ///< the checkpoint's own settings, special ids included

    /// The position tables' first row in use.
    static constexpr int64_t positionOffset = 2;
};

}  // namespace fusionscope::language
