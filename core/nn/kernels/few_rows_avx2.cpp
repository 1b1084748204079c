#include "core/nn/kernels/few_rows_vectors.h"

#ifdef __x86_64__

#define FUSIONSCOPE_VECTORS FUSIONSCOPE_AVX2
#include "core/nn/kernels/few_rows_x86.h"

namespace fusionscope::nn::kernels::avx2 {

namespace {

struct Steps {
    /// Two sums of a row, so that one does not wait for the other; however many rows there are, so that a row's bits do
    /// not depend on the others.
    template <int R>
    struct Totals {
        __m256 sums[R][2];

        FUSIONSCOPE_INLINE Totals() {
            for (auto& row : sums)
                for (auto& sum : row) sum = _mm256_setzero_ps();
        }
        /// @param turn another one for the next products
        FUSIONSCOPE_INLINE void add(int r, int turn, __m256 x, __m256 factor) {
            auto& sum = sums[r][turn % 2];
            sum = _mm256_fmadd_ps(x, factor, sum);
        }
        FUSIONSCOPE_INLINE float of(int r) const {
            return sumOf(_mm256_add_ps(sums[r][0], sums[r][1]));
        }
    };

    template <MatrixForm form, int Blocks, int R>
    FUSIONSCOPE_INLINE static void addEight(int64_t blocks, const uint8_t* bytes, const uint16_t* scales,
                                            const SplitRows<R>& rows, int64_t eight, Totals<R>& total) {
        const Groups groups = eightGroups<form, Blocks>(scales);
        __m256 factors[R];
        for (int r = 0; r < R; ++r) {
            factors[r] = _mm256_mul_ps(groups.scale, _mm256_loadu_ps(rows.scales[r] + 8 * eight));
            total.add(r, 1, groups.least, _mm256_loadu_ps(rows.sums[r] + 8 * eight));
        }
        addPairOf<0, R>(blocks, bytes, rows, eight, factors, total);
        addPairOf<1, R>(blocks, bytes, rows, eight, factors, total);
        addPairOf<2, R>(blocks, bytes, rows, eight, factors, total);
        addPairOf<3, R>(blocks, bytes, rows, eight, factors, total);
    }

    template <int P, int R>
    FUSIONSCOPE_INLINE static void addPairOf(int64_t blocks, const uint8_t* bytes, const SplitRows<R>& rows,
                                             int64_t eight, const __m256* factors, Totals<R>& total) {
        if (blocks >= 2 * P + 2) {
            addPair<P, R>(load(bytes + 32 * P), rows, eight, factors, total);
        } else if (blocks == 2 * P + 1) {
            addPair<P, R>(_mm256_zextsi128_si256(loadHalf(bytes + 32 * P)), rows, eight, factors, total);
        }
    }

    /// Adds the products of the pair of blocks P of eight. @param values 16 bytes of each
    template <int P, int R>
    FUSIONSCOPE_INLINE static void addPair(__m256i values, const SplitRows<R>& rows, int64_t eight,
                                           const __m256* factors, Totals<R>& total) {
        const __m256i fifteen = _mm256_set1_epi8(15);
        const __m256i low = _mm256_and_si256(values, fifteen);
        const __m256i high = _mm256_and_si256(_mm256_srli_epi16(values, 4), fifteen);
        for (int r = 0; r < R; ++r) {
            const int8_t* x = rows.numbers[r] + (2 * eight + P / 2) * Activations::runBytes + P % 2 * 32;
            // Four products of at most 15 · 128: sixteen bits hold them.
            const __m256i upper =
                _mm256_add_epi16(_mm256_maddubs_epi16(low, load(x)), _mm256_maddubs_epi16(high, load(x + 128)));
            const __m256i lower =
                _mm256_add_epi16(_mm256_maddubs_epi16(low, load(x + 64)), _mm256_maddubs_epi16(high, load(x + 192)));
            const __m256i dot = _mm256_add_epi32(_mm256_madd_epi16(upper, _mm256_set1_epi16(256)),
                                                 _mm256_madd_epi16(lower, _mm256_set1_epi16(1)));
            total.add(r, P, _mm256_cvtepi32_ps(dot), _mm256_shuffle_ps(factors[r], factors[r], P * 0x55));
        }
    }

    template <int R>
    FUSIONSCOPE_INLINE static void addBytes(const int8_t* weights, const WordRows<R>& rows, int64_t b,
                                            const float* const* factors, Totals<R>& total) {
        const __m256i low = _mm256_cvtepi8_epi16(loadHalf(weights)), high = _mm256_cvtepi8_epi16(loadHalf(weights + 16));
        for (int r = 0; r < R; ++r) {
            const int16_t* x = rows.numbers[r] + b * block;
            const __m256i dot =
                _mm256_add_epi32(_mm256_madd_epi16(low, load(x)), _mm256_madd_epi16(high, load(x + 16)));
            total.add(r, 0, _mm256_cvtepi32_ps(dot), _mm256_broadcast_ss(factors[r]));
        }
    }

    template <int R>
    using NumberTotals = Totals<R>;

    template <int R>
    FUSIONSCOPE_INLINE static void addNumbers(const float* weights, const float* const* rows, int64_t i,
                                              NumberTotals<R>& total) {
        for (int part = 0; part < 4; ++part) {
            const __m256 eight = _mm256_loadu_ps(weights + 8 * part);
            for (int r = 0; r < R; ++r) total.add(r, part, eight, _mm256_loadu_ps(rows[r] + i + 8 * part));
        }
    }

    template <int R>
    FUSIONSCOPE_INLINE static void addNumbers(const uint16_t* weights, const float* const* rows, int64_t i,
                                              NumberTotals<R>& total) {
        const __m256i upper = _mm256_set1_epi32(static_cast<int>(0xffff0000U));
        for (int half = 0; half < 2; ++half) {
            const __m256i pairs = load(weights + 16 * half);
            const __m256 even = _mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16));
            const __m256 odd = _mm256_castsi256_ps(_mm256_and_si256(pairs, upper));
            for (int r = 0; r < R; ++r) {
                total.add(r, 0, even, _mm256_loadu_ps(rows[r] + i + 8 * half));
                total.add(r, 1, odd, _mm256_loadu_ps(rows[r] + i + 16 + 8 * half));
            }
        }
    }
};

}  // namespace

bool supported() {
    static const bool has =
        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    return has;
}

void product(const MatrixView& matrix, const Activations& x, int64_t first, int64_t last, float* y) {
    productBy<Steps>(matrix, x, first, last, y);
}

}  // namespace fusionscope::nn::kernels::avx2

#else

namespace fusionscope::nn::kernels::avx2 {

bool supported() { return false; }
void product(const MatrixView&, const Activations&, int64_t, int64_t, float*) {}

}  // namespace fusionscope::nn::kernels::avx2

#endif
