#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

namespace fusionscope::nn {

/// Whether this processor multiplies bf16 matrices faster than fp32 ones: it has AMX-BF16 or AVX512-BF16. Found at run
/// time.
bool cpuHasFastBf16();

/// The type in which products of many rows of this type are fastest here: itself, or fp32 where the processor only
/// emulates it.
c10::ScalarType fastProductType(c10::ScalarType type);
/// The same for products with x: elsewhere than on the processor always its own.
c10::ScalarType productType(const at::Tensor& x);

}  // namespace fusionscope::nn
