#ifdef __x86_64__

#include "core/nn/kernels/vectors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/nn/kernels/x86.h"

namespace fusionscope::nn::kernels::avx2 {

namespace {

/// The sums of eight vectors as one.
FUSIONSCOPE_AVX2 inline __m256 sumsOf(const __m256* x) {
    const __m256 first = _mm256_hadd_ps(_mm256_hadd_ps(x[0], x[1]), _mm256_hadd_ps(x[2], x[3]));
    const __m256 second = _mm256_hadd_ps(_mm256_hadd_ps(x[4], x[5]), _mm256_hadd_ps(x[6], x[7]));
    return _mm256_add_ps(_mm256_permute2f128_ps(first, second, 0x20), _mm256_permute2f128_ps(first, second, 0x31));
}

FUSIONSCOPE_AVX2 inline float largestOf(__m256 x) {
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    four = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}

/// eˣ = 2ⁿ eʳ with |r| ≤ ln 2 / 2 and a polynomial for eʳ (Cephes' expf); relative error 1e-7. What is not a number
/// stays so, and x beyond ±87 counts as ±87.
FUSIONSCOPE_AVX2 inline __m256 exponential(__m256 x) {
    x = _mm256_max_ps(_mm256_set1_ps(-87.0F), _mm256_min_ps(_mm256_set1_ps(87.0F), x));
    const __m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.44269504F)),
                                     _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0.693359375F), x);
    r = _mm256_fnmadd_ps(n, _mm256_set1_ps(-2.12194440e-4F), r);
    __m256 p = _mm256_set1_ps(1.9875691500e-4F);
    for (const float next : {1.3981999507e-3F, 8.3334519073e-3F, 4.1665795894e-2F, 1.6666665459e-1F, 5.0000001201e-1F})
        p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(next));
    p = _mm256_add_ps(_mm256_fmadd_ps(p, _mm256_mul_ps(r, r), r), _mm256_set1_ps(1.0F));
    const __m256i exponent = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
    return _mm256_mul_ps(p, _mm256_castsi256_ps(exponent));
}

/// All bits of the first `count` of eight places.
FUSIONSCOPE_AVX2 inline __m256i firstOf(int64_t count) {
    const __m256i places = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(std::min<int64_t>(count, 8))), places);
}

FUSIONSCOPE_AVX2_INLINE float wide(float x) { return x; }
FUSIONSCOPE_AVX2_INLINE float wide(Bf16 x) { return std::bit_cast<float>(static_cast<uint32_t>(x.bits) << 16); }
FUSIONSCOPE_AVX2_INLINE float wide(Fp16 x) { return _cvtsh_ss(x.bits); }

/// Eight numbers.
FUSIONSCOPE_AVX2_INLINE __m256 wide(const float* from) { return _mm256_loadu_ps(from); }
FUSIONSCOPE_AVX2_INLINE __m256 wide(const Bf16* from) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(loadHalf(from)), 16));
}
FUSIONSCOPE_AVX2_INLINE __m256 wide(const Fp16* from) { return _mm256_cvtph_ps(loadHalf(from)); }

FUSIONSCOPE_AVX2 void widen(const Bf16* from, int64_t count, float* to) {
    int64_t i = 0;
    for (; i + 8 <= count; i += 8) _mm256_storeu_ps(to + i, wide(from + i));
    for (; i < count; ++i) to[i] = wide(from[i]);
}

FUSIONSCOPE_AVX2 float squares(const float* x, int64_t count) {
    __m256 even = _mm256_setzero_ps(), odd = _mm256_setzero_ps();
    int64_t i = 0;
    for (; i + 16 <= count; i += 16) {
        const __m256 first = _mm256_loadu_ps(x + i), second = _mm256_loadu_ps(x + i + 8);
        even = _mm256_fmadd_ps(first, first, even);
        odd = _mm256_fmadd_ps(second, second, odd);
    }
    float sum = sumOf(_mm256_add_ps(even, odd));
    for (; i < count; ++i) sum += x[i] * x[i];
    return sum;
}

FUSIONSCOPE_AVX2 void gated(const float* gate, const float* up, int64_t count, float* to) {
    for (int64_t i = 0; i < count; i += 8) {
        const __m256i there = firstOf(count - i);
        const __m256 x = _mm256_maskload_ps(gate + i, there);
        const __m256 below = _mm256_add_ps(_mm256_set1_ps(1.0F), exponential(_mm256_sub_ps(_mm256_setzero_ps(), x)));
        _mm256_maskstore_ps(to + i, there, _mm256_mul_ps(_mm256_div_ps(x, below), _mm256_maskload_ps(up + i, there)));
    }
}

template <class Number>
FUSIONSCOPE_AVX2 float scoresOf(const float* query, const Number* keys, int64_t count, int64_t width, float* to) {
    const int64_t whole = width / 8 * 8;
    __m256 most = _mm256_set1_ps(-std::numeric_limits<float>::infinity());
    for (int64_t first = 0; first < count; first += 8) {
        const Number* key[8];  // the last one again where there are fewer
        for (int64_t i = 0; i < 8; ++i) key[i] = keys + std::min(first + i, count - 1) * width;
        __m256 sums[8];
        for (auto& sum : sums) sum = _mm256_setzero_ps();
        for (int64_t column = 0; column < whole; column += 8) {
            const __m256 x = _mm256_loadu_ps(query + column);
            for (int i = 0; i < 8; ++i) sums[i] = _mm256_fmadd_ps(x, wide(key[i] + column), sums[i]);
        }
        float rest[8] = {};
        for (int64_t column = whole; column < width; ++column)
            for (int i = 0; i < 8; ++i) rest[i] = std::fma(query[column], wide(key[i][column]), rest[i]);
        const __m256 eight = _mm256_add_ps(sumsOf(sums), _mm256_loadu_ps(rest));
        _mm256_storeu_ps(to + first, eight);
        most = _mm256_max_ps(most, eight);
    }
    return largestOf(most);
}

float scores(const float* query, const Numbers& keys, int64_t count, int64_t width, float* to) {
    return std::visit([&](const auto* first) { return scoresOf(query, first, count, width, to); }, keys);
}

FUSIONSCOPE_AVX2 float exponentials(float* x, int64_t count, float most) {
    __m256 sum = _mm256_setzero_ps();
    for (int64_t i = 0; i < count; i += 8) {
        const __m256i there = firstOf(count - i);
        const __m256 below = _mm256_sub_ps(_mm256_maskload_ps(x + i, there), _mm256_set1_ps(most));
        const __m256 value = exponential(below);
        _mm256_maskstore_ps(x + i, there, value);
        sum = _mm256_add_ps(sum, _mm256_and_ps(value, _mm256_castsi256_ps(there)));
    }
    return sumOf(sum);
}

/// Some columns of addValues().
template <int Columns, class Number>
FUSIONSCOPE_AVX2 inline void addColumns(const float* shares, const Number* values, int64_t count, int64_t width,
                                        float keep, float* total) {
    constexpr int parts = Columns / 8;
    __m256 sums[parts];
    for (int i = 0; i < parts; ++i) sums[i] = _mm256_mul_ps(_mm256_loadu_ps(total + 8 * i), _mm256_set1_ps(keep));
    for (int64_t key = 0; key < count; ++key, values += width) {
        const __m256 share = _mm256_broadcast_ss(shares + key);
        for (int i = 0; i < parts; ++i) sums[i] = _mm256_fmadd_ps(share, wide(values + 8 * i), sums[i]);
    }
    for (int i = 0; i < parts; ++i) _mm256_storeu_ps(total + 8 * i, sums[i]);
}

template <class Number>
FUSIONSCOPE_AVX2 void addValuesOf(const float* shares, const Number* values, int64_t count, int64_t width, float keep,
                                  float* total) {
    int64_t column = 0;
    for (; column + 64 <= width; column += 64)
        addColumns<64>(shares, values + column, count, width, keep, total + column);
    for (; column + 32 <= width; column += 32)
        addColumns<32>(shares, values + column, count, width, keep, total + column);
    for (; column + 8 <= width; column += 8)
        addColumns<8>(shares, values + column, count, width, keep, total + column);
    for (; column < width; ++column) {
        float sum = total[column] * keep;
        for (int64_t key = 0; key < count; ++key) sum = std::fma(shares[key], wide(values[key * width + column]), sum);
        total[column] = sum;
    }
}

void addValues(const float* shares, const Numbers& values, int64_t count, int64_t width, float keep, float* total) {
    std::visit([&](const auto* first) { addValuesOf(shares, first, count, width, keep, total); }, values);
}

}  // namespace

const Vectors vectors{widen, squares, gated, scores, exponentials, addValues};

}  // namespace fusionscope::nn::kernels::avx2

#endif
