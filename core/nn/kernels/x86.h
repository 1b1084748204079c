#pragma once

#include <bit>
#include <cstdint>

// What all kernels in x86's vector instructions begin with.

#ifdef FUSIONSCOPE_EMULATED_INTRINSICS  // a test's, so that instructions can be tried where the processor has none
#include FUSIONSCOPE_EMULATED_INTRINSICS
#define FUSIONSCOPE_TARGET(features)
#else
#include <immintrin.h>
#define FUSIONSCOPE_TARGET(features) __attribute__((target(features)))
#endif

#define FUSIONSCOPE_AVX2 FUSIONSCOPE_TARGET("avx2,fma,f16c")
#define FUSIONSCOPE_AVX2_INLINE FUSIONSCOPE_AVX2 inline __attribute__((always_inline))
#define FUSIONSCOPE_AVX512 FUSIONSCOPE_TARGET("avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma,f16c")

// In the instructions that FUSIONSCOPE_VECTORS says; what these are called with stays in registers.
#define FUSIONSCOPE_INLINE FUSIONSCOPE_VECTORS inline __attribute__((always_inline))

// A test that emulates the instructions names another one.
#ifndef FUSIONSCOPE_AVX512_NAMESPACE
#define FUSIONSCOPE_AVX512_NAMESPACE avx512
#endif

namespace fusionscope::nn::kernels {

namespace {

FUSIONSCOPE_AVX2_INLINE float sumOf(__m256 x) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

FUSIONSCOPE_AVX2_INLINE __m256i load(const void* place) {
    return _mm256_loadu_si256(static_cast<const __m256i*>(place));
}
FUSIONSCOPE_AVX2_INLINE __m128i loadHalf(const void* place) {
    return _mm_loadu_si128(static_cast<const __m128i*>(place));
}

inline float bf16Number(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

}  // namespace

}  // namespace fusionscope::nn::kernels
