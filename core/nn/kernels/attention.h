#pragma once

#include <cstdint>

#include "core/nn/kernels/vectors.h"

namespace fusionscope::nn::kernels {

/// Softmax attention of the newest tokens of a text, a few rows, over one layer's cache. Each row sees itself and what
/// is before it, within a window. In fp32, whatever the cache holds.
///
/// Keys are read in parts, each by one thread and once for all rows and all heads that share it; joinParts() puts
/// together what the parts found. A row's bits do not depend on the other rows or on who computed what.
struct CacheAttention {
    /// Keys of a part: some ten microseconds' work.
    static constexpr int64_t partKeys = 256;
    /// The widest head there may be.
    static constexpr int64_t mostWidth = 256;

    int64_t rows, heads, kvHeads, width;
    Numbers keys, values;  ///< [kvHeads, room, width]
    int64_t room;          ///< tokens from one head's first to the next one's
    int64_t past;          ///< tokens before the first row
    int64_t window;        ///< tokens a row sees, itself included

    /// The first token that a row sees, and the one behind the last.
    int64_t firstSeen(int64_t row) const { return past + row + 1 > window ? past + row + 1 - window : 0; }
    int64_t endSeen(int64_t row) const { return past + row + 1; }

    /// Parts are numbered by their place in the text; those in front of firstPart() nobody sees.
    int64_t firstPart() const { return firstSeen(0) / partKeys; }
    int64_t parts() const { return (past + rows - 1) / partKeys + 1 - firstPart(); }
    /// Numbers that the parts of all heads and rows need: [parts, rows, heads, width + 2].
    int64_t partNumbers() const { return parts() * rows * heads * (width + 2); }
};

/// What one part adds to the heads that share a head of the cache.
/// @param part counted from firstPart()
/// @param queries [rows, heads, width], rotated and scaled
/// @param found partNumbers() numbers; each of a head's places gets its values' sum, the sum of its shares, its largest
/// score
void attendPart(const CacheAttention& attention, int64_t kvHead, int64_t part, const float* queries, float* found);

/// @param found after all parts are done; @param result [rows, heads, width], of which this head's are written
void joinParts(const CacheAttention& attention, int64_t head, const float* found, float* result);

}  // namespace fusionscope::nn::kernels
