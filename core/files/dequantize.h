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

}  // namespace fusionscope::files
