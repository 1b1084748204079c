#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace fusionscope::nn {

using at::Tensor;

/// Rows of an int4 matrix are packed in whole blocks of so many; the kernel's own block divides it.
inline constexpr int64_t int4Block = 64;

/// Whether LibTorch's int4 kernel works on this processor, in a layout that int4Tile() can read. Found out once.
bool hasInt4Kernel();

/// The kernel's layout of a matrix: values [out, in/2] uint8 as in QuantizedParts → packed [out', in/2], where out' is
/// out filled up to whole blocks. Only where hasInt4Kernel().
Tensor packInt4(const Tensor& values);
/// Scales [groups, out, 2] with the rows that packInt4() adds.
Tensor padInt4Scales(const Tensor& scales);
/// Rows [first, first + count) of a packed matrix as numbers, transposed: [in, count] fp32.
/// @param first a multiple of int4Block; @param scales [groups, out', 2] as in QuantizedParts
Tensor int4Tile(const Tensor& packed, const Tensor& scales, int64_t first, int64_t count);

}  // namespace fusionscope::nn
