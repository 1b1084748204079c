#pragma once

#include <cstdint>
#include <span>

#include "core/files/tensor_table.h"

namespace fusionscope::files {

/// The value of an IEEE half-precision or a bfloat16 number given by its bits.
float halfToFloat(uint16_t bits);
float bfloat16ToFloat(uint16_t bits);

/// All values of a tensor as floats, row-major: F32, F16, BF16 and the block formats (formulas: GGUF specification).
/// Rows in GGUF's interleaved RoPE order (`interleavedHeads`) are put back in Hugging Face's half-split order.
/// @param out one place for each element
/// @throws Error for a type that holds no real numbers, or when `bytes` and `shape` do not belong together
void dequantize(const TensorEntry& tensor, std::span<float> out);

/// Rows [first, last) of a matrix of type Q8_0, Q4_0 or Q4_1, taken apart into the values and the half-precision scales
/// of its blocks, both as they are, and put where they belong in the whole matrix (which another order of rows moves, as
/// in dequantize()). Different rows may be taken by different threads.
/// @param values of the whole matrix, row-major: 32 bytes for a block of Q8_0, 16 for one of the others
/// @param scales of the whole matrix: one for a block, for Q4_1 scale and minimum
/// @throws Error as dequantize() does
void splitBlocks(const TensorEntry& matrix, int64_t first, int64_t last, uint8_t* values, uint16_t* scales);

}  // namespace fusionscope::files
