#pragma once

#include "core/nn/kernels/few_rows.h"

/// The products of few_rows.h in the instructions of x86 processors, of those that have them. On other processors, and
/// on those that lack them, supported() says no.
namespace fusionscope::nn::kernels {

namespace avx2 {  // and FMA and F16C
bool supported();
void product(const MatrixView& matrix, const Activations& x, int64_t first, int64_t last, float* y);
}  // namespace avx2

namespace avx512 {  // F, BW, VL and VNNI
bool supported();
void product(const MatrixView& matrix, const Activations& x, int64_t first, int64_t last, float* y);
}  // namespace avx512

}  // namespace fusionscope::nn::kernels
