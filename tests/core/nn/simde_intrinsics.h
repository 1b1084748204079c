#pragma once

// AVX-512 on any processor: what SIMDe does in plain code under the names of immintrin.h.

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>
#include <simde/x86/f16c.h>
#include <simde/x86/fma.h>

// SIMDe 0.7.4 lacks this one.
inline simde__m512 emulatedConversion(simde__m512i x) {
    alignas(64) int32_t whole[16];
    alignas(64) float numbers[16];
    simde_mm512_store_si512(whole, x);
    for (int i = 0; i < 16; ++i) numbers[i] = static_cast<float>(whole[i]);
    return simde_mm512_load_ps(numbers);
}
#define _mm512_cvtepi32_ps(x) emulatedConversion(x)
