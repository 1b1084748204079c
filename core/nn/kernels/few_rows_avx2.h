#pragma once

#include "core/nn/kernels/few_rows.h"

#ifdef __x86_64__
#define FUSIONSCOPE_AVX2 __attribute__((target("avx2,fma")))
#endif

/// The products of few_rows.h in AVX2 instructions; only for processors that have them.
namespace fusionscope::nn::kernels::avx2 {

/// Whether they are part of this build.
#ifdef FUSIONSCOPE_AVX2
inline constexpr bool compiled = true;
#else
inline constexpr bool compiled = false;
#endif
/// Whether this processor has the instructions.
bool supported();

void int8Product(const Activations& x, const int8_t* values, const uint16_t* scales, int64_t first, int64_t last,
                 int64_t out, float* y);
void int4Product(const Activations& x, const uint8_t* values, const uint16_t* scales, int64_t first, int64_t last,
                 int64_t out, float* y);
void bf16Product(const float* x, int64_t rows, int64_t in, const uint16_t* weight, int64_t first, int64_t last,
                 int64_t out, float* y);

}  // namespace fusionscope::nn::kernels::avx2
