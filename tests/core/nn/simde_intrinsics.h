#pragma once

// AVX-512 on any processor: what SIMDe does in plain code under the names of immintrin.h.

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>
#include <simde/x86/f16c.h>
#include <simde/x86/fma.h>

// SIMDe 0.7.4 lacks these two.
inline simde__m512i emulatedWidening(simde__m256i x) {
    return simde_x_mm512_set_m256i(simde_mm256_cvtepu16_epi32(simde_mm256_extracti128_si256(x, 1)),
                                   simde_mm256_cvtepu16_epi32(simde_mm256_castsi256_si128(x)));
}
#define _mm512_cvtepu16_epi32(x) emulatedWidening(x)

inline simde__m512 emulatedConversion(simde__m512i x) {
    alignas(64) int32_t whole[16];
    alignas(64) float numbers[16];
    simde_mm512_store_si512(whole, x);
    for (int i = 0; i < 16; ++i) numbers[i] = static_cast<float>(whole[i]);
    return simde_mm512_load_ps(numbers);
}
#define _mm512_cvtepi32_ps(x) emulatedConversion(x)
