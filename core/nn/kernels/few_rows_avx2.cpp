#include "core/nn/kernels/few_rows_avx2.h"

#ifdef FUSIONSCOPE_AVX2

#include <immintrin.h>

#include <bit>
#include <cstring>
#include <vector>

// What it is called with stays in registers.
#define FUSIONSCOPE_AVX2_INLINE FUSIONSCOPE_AVX2 inline __attribute__((always_inline))

namespace fusionscope::nn::kernels::avx2 {

namespace {

constexpr int64_t rowsAtOnce = 4;  // as many accumulators and their operands as there are registers
constexpr int64_t ahead = 1024;    // bytes: the processor's own prefetching stops at the end of a page

FUSIONSCOPE_AVX2 inline float sumOf(__m256 x) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

FUSIONSCOPE_AVX2 __m256i load(const void* place) { return _mm256_loadu_si256(static_cast<const __m256i*>(place)); }
FUSIONSCOPE_AVX2 __m128i loadHalf(const void* place) { return _mm_loadu_si128(static_cast<const __m128i*>(place)); }
FUSIONSCOPE_AVX2 void prefetch(const void* place) {
    _mm_prefetch(static_cast<const char*>(place) + ahead, _MM_HINT_T0);
}

/// Sixteen pairs of products, added in pairs and then to each other.
FUSIONSCOPE_AVX2 __m256i dotOf32(__m256i first, __m256i second, const int16_t* x) {
    return _mm256_add_epi32(_mm256_madd_epi16(first, load(x)), _mm256_madd_epi16(second, load(x + 16)));
}

template <int R>
struct RowPointers {
    const int16_t* values[R];
    const float *scales[R], *sums[R];

    RowPointers(const Activations& x, int64_t row) {
        for (int r = 0; r < R; ++r) {
            values[r] = x.row(row + r);
            scales[r] = x.scales.data() + (row + r) * x.stride;
            sums[r] = x.sums.data() + (row + r) * x.stride;
        }
    }
};

/// Adds the products of one block of int8 columns. @param weights as many as a block has
template <int R>
FUSIONSCOPE_AVX2_INLINE void addInt8(const RowPointers<R>& rows, const int8_t* weights, int64_t b, int64_t block,
                                     __m256* total) {
    __m256i dot[R];
    for (int r = 0; r < R; ++r) dot[r] = _mm256_setzero_si256();
    for (int64_t i = 0; i < block; i += 32) {
        const __m256i low = _mm256_cvtepi8_epi16(loadHalf(weights + i));
        const __m256i high = _mm256_cvtepi8_epi16(loadHalf(weights + i + 16));
        for (int r = 0; r < R; ++r)
            dot[r] = _mm256_add_epi32(dot[r], dotOf32(low, high, rows.values[r] + b * block + i));
    }
    for (int r = 0; r < R; ++r)
        total[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot[r]), _mm256_broadcast_ss(rows.scales[r] + b), total[r]);
}

template <int R>
FUSIONSCOPE_AVX2 void int8Block(const Activations& x, int64_t row, const int8_t* values, const uint16_t* scales,
                                int64_t first, int64_t last, int64_t out, float* y) {
    const RowPointers<R> rows(x, row);
    const int64_t whole = x.in / x.block, rest = x.in % x.block;
    std::vector<int8_t> filled(static_cast<size_t>(x.block));  // the last block may have fewer columns
    for (int64_t o = first; o < last; ++o) {
        const int8_t* weights = values + o * x.in;
        __m256 total[R];
        for (int r = 0; r < R; ++r) total[r] = _mm256_setzero_ps();
        for (int64_t b = 0; b < whole; ++b, weights += x.block) {
            prefetch(weights);
            addInt8<R>(rows, weights, b, x.block, total);
        }
        if (rest > 0) {
            std::memcpy(filled.data(), weights, static_cast<size_t>(rest));
            addInt8<R>(rows, filled.data(), whole, x.block, total);
        }
        const float scale = std::bit_cast<float>(static_cast<uint32_t>(scales[o]) << 16);
        for (int r = 0; r < R; ++r) y[(row + r) * out + o] = sumOf(total[r]) * scale;
    }
}

/// What a row's groups are to be multiplied with, [R, stride], and the groups' offsets times the sums of x.
template <int R>
FUSIONSCOPE_AVX2_INLINE void groupFactors(const RowPointers<R>& rows, int64_t groups, int64_t stride,
                                          const uint16_t* pairs, float* factors, __m256* total) {
    const __m256i upper = _mm256_set1_epi32(static_cast<int>(0xffff0000U));
    const __m256 minusEight = _mm256_set1_ps(-8.0F);
    for (int64_t g = 0; g < groups; g += 8) {
        const __m256i wanted = _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(groups - g)),
                                                  _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
        const __m256i both = _mm256_maskload_epi32(reinterpret_cast<const int*>(pairs + 2 * g), wanted);
        const __m256 scale = _mm256_castsi256_ps(_mm256_slli_epi32(both, 16));
        const __m256 least = _mm256_fmadd_ps(scale, minusEight, _mm256_castsi256_ps(_mm256_and_si256(both, upper)));
        for (int r = 0; r < R; ++r) {
            total[r] = _mm256_fmadd_ps(least, _mm256_loadu_ps(rows.sums[r] + g), total[r]);
            _mm256_storeu_ps(factors + r * stride + g, _mm256_mul_ps(scale, _mm256_loadu_ps(rows.scales[r] + g)));
        }
    }
}

/// Adds the products of one group of int4 columns, which is so many runs of 32.
template <int R, int Runs>
FUSIONSCOPE_AVX2_INLINE void addInt4(const RowPointers<R>& rows, const uint8_t* bytes, int64_t g, const float* factors,
                                     int64_t stride, __m256* total) {
    const __m256i fifteen = _mm256_set1_epi16(15);
    __m256i dot[R];
    for (int r = 0; r < R; ++r) dot[r] = _mm256_setzero_si256();
    for (int run = 0; run < Runs; ++run) {
        const __m256i both = _mm256_cvtepu8_epi16(loadHalf(bytes + 16 * run));
        const __m256i even = _mm256_and_si256(both, fifteen), odd = _mm256_srli_epi16(both, 4);
        for (int r = 0; r < R; ++r)
            dot[r] = _mm256_add_epi32(dot[r], dotOf32(even, odd, rows.values[r] + 32 * (g * Runs + run)));
    }
    for (int r = 0; r < R; ++r)
        total[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot[r]), _mm256_broadcast_ss(factors + r * stride + g), total[r]);
}

template <int R, int Runs>
FUSIONSCOPE_AVX2 void int4Block(const Activations& x, int64_t row, const uint8_t* values, const uint16_t* scales,
                                int64_t first, int64_t last, int64_t out, float* y) {
    const RowPointers<R> rows(x, row);
    constexpr int64_t bytesPerGroup = 16 * Runs;
    std::vector<float> factors(static_cast<size_t>(R * x.stride));
    for (int64_t o = first; o < last; ++o) {
        const uint8_t* bytes = values + o * x.in / 2;
        __m256 total[R], other[R];  // two sums, so that one does not wait for the other
        for (int r = 0; r < R; ++r) total[r] = other[r] = _mm256_setzero_ps();
        groupFactors<R>(rows, x.blocks, x.stride, scales + 2 * o * x.blocks, factors.data(), total);
        int64_t g = 0;
        for (; g + 2 <= x.blocks; g += 2, bytes += 2 * bytesPerGroup) {
            prefetch(bytes);
            addInt4<R, Runs>(rows, bytes, g, factors.data(), x.stride, total);
            addInt4<R, Runs>(rows, bytes + bytesPerGroup, g + 1, factors.data(), x.stride, other);
        }
        if (g < x.blocks) addInt4<R, Runs>(rows, bytes, g, factors.data(), x.stride, total);
        for (int r = 0; r < R; ++r) y[(row + r) * out + o] = sumOf(_mm256_add_ps(total[r], other[r]));
    }
}

template <int Runs>
FUSIONSCOPE_AVX2 void int4Groups(const Activations& x, const uint8_t* values, const uint16_t* scales, int64_t first,
                                 int64_t last, int64_t out, float* y) {
    int64_t row = 0;
    for (; row + rowsAtOnce <= x.rows; row += rowsAtOnce)
        int4Block<rowsAtOnce, Runs>(x, row, values, scales, first, last, out, y);
    for (; row < x.rows; ++row) int4Block<1, Runs>(x, row, values, scales, first, last, out, y);
}

template <int R>
FUSIONSCOPE_AVX2 void bf16Block(const float* x, int64_t row, int64_t in, const uint16_t* weight, int64_t first,
                                int64_t last, int64_t out, float* y) {
    const __m256i upper = _mm256_set1_epi32(static_cast<int>(0xffff0000U));
    for (int64_t o = first; o < last; ++o) {
        const uint16_t* w = weight + o * in;
        __m256 even[R], odd[R];
        for (int r = 0; r < R; ++r) even[r] = odd[r] = _mm256_setzero_ps();
        int64_t i = 0;
        for (; i + 16 <= in; i += 16) {
            prefetch(w + i);
            const __m256i both = load(w + i);
            const __m256 first8 = _mm256_castsi256_ps(_mm256_slli_epi32(both, 16));
            const __m256 second8 = _mm256_castsi256_ps(_mm256_and_si256(both, upper));
            for (int r = 0; r < R; ++r) {
                const float* numbers = x + (row + r) * in + i;
                even[r] = _mm256_fmadd_ps(first8, _mm256_loadu_ps(numbers), even[r]);
                odd[r] = _mm256_fmadd_ps(second8, _mm256_loadu_ps(numbers + 8), odd[r]);
            }
        }
        for (int r = 0; r < R; ++r) {
            float sum = sumOf(_mm256_add_ps(even[r], odd[r]));
            for (int64_t k = i; k < in; ++k)
                sum += std::bit_cast<float>(static_cast<uint32_t>(w[k]) << 16) * x[(row + r) * in + k];
            y[(row + r) * out + o] = sum;
        }
    }
}

}  // namespace

bool supported() {
    static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return has;
}

void int8Product(const Activations& x, const int8_t* values, const uint16_t* scales, int64_t first, int64_t last,
                 int64_t out, float* y) {
    int64_t row = 0;
    for (; row + rowsAtOnce <= x.rows; row += rowsAtOnce)
        int8Block<rowsAtOnce>(x, row, values, scales, first, last, out, y);
    for (; row < x.rows; ++row) int8Block<1>(x, row, values, scales, first, last, out, y);
}

void int4Product(const Activations& x, const uint8_t* values, const uint16_t* scales, int64_t first, int64_t last,
                 int64_t out, float* y) {
    const auto product = x.block == 32 ? int4Groups<1> : x.block == 64 ? int4Groups<2> : int4Groups<4>;
    product(x, values, scales, first, last, out, y);
}

void bf16Product(const float* x, int64_t rows, int64_t in, const uint16_t* weight, int64_t first, int64_t last,
                 int64_t out, float* y) {
    int64_t row = 0;
    for (; row + rowsAtOnce <= rows; row += rowsAtOnce)
        bf16Block<rowsAtOnce>(x, row, in, weight, first, last, out, y);
    for (; row < rows; ++row) bf16Block<1>(x, row, in, weight, first, last, out, y);
}

}  // namespace fusionscope::nn::kernels::avx2

#endif
