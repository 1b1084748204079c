#include "core/nn/kernels/many_rows.h"

#ifdef __x86_64__

#define FUSIONSCOPE_VECTORS FUSIONSCOPE_AVX2
#include "core/nn/kernels/many_rows_x86.h"

namespace fusionscope::nn::kernels::avx2 {

namespace {

constexpr int64_t together = PackedRows::together;

struct Vectors {
    using Whole = __m256i;
    static constexpr int64_t lanes = 8;

    FUSIONSCOPE_INLINE static Whole zero() { return _mm256_setzero_si256(); }
    FUSIONSCOPE_INLINE static Whole loaded(const int32_t* numbers) { return load(numbers); }
    FUSIONSCOPE_INLINE static Whole spread(int32_t pair) { return _mm256_set1_epi32(pair); }
    FUSIONSCOPE_INLINE static Whole addProducts(Whole sum, Whole weights, Whole x) {
        return _mm256_add_epi32(sum, _mm256_madd_epi16(weights, x));
    }
    /// Or the compiler computes all rows side by side, for which there are not registers enough: half as fast.
    FUSIONSCOPE_INLINE static void inTurn(Whole& a, Whole& b) { asm volatile("" : "+x"(a), "+x"(b) : : "memory"); }

    template <bool least>
    FUSIONSCOPE_INLINE static void addScaled(Whole sum, const float& rowScale, const float& rowSum, const float* scales,
                                             const float* leasts, float* to) {
        const __m256 number = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), _mm256_broadcast_ss(&rowScale));
        __m256 total = _mm256_fmadd_ps(number, _mm256_loadu_ps(scales), _mm256_loadu_ps(to));
        if constexpr (least) total = _mm256_fmadd_ps(_mm256_broadcast_ss(&rowSum), _mm256_loadu_ps(leasts), total);
        _mm256_storeu_ps(to, total);
    }
};

/// The block of a row, or of its end filled up with zeros.
FUSIONSCOPE_INLINE WholeBlock activationsOf(const float* x, int64_t count, float fullScale) {
    constexpr int64_t block = PackedRows::block;
    float filled[block] = {};
    if (count < block) {
        std::copy_n(x, count, filled);
        x = filled;
    }
    return roundedBlock(_mm256_loadu_ps(x), _mm256_loadu_ps(x + 8), _mm256_loadu_ps(x + 16), _mm256_loadu_ps(x + 24),
                        fullScale);
}

FUSIONSCOPE_INLINE int32_t sumOfWords(__m256i early, __m256i late) {
    const __m256i one = _mm256_set1_epi16(1);
    const __m256i eight = _mm256_add_epi32(_mm256_madd_epi16(early, one), _mm256_madd_epi16(late, one));
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xb1)));
}

/// The first six rows of eight columns of pairs. @param to [8, together]
FUSIONSCOPE_INLINE void storePairs(__m256i (&rows)[8], int32_t* to) {
    transpose(rows);
    for (int k = 0; k < 8; ++k, to += together) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_castsi256_si128(rows[k]));
        _mm_storel_epi64(reinterpret_cast<__m128i*>(to + 4), _mm256_extracti128_si256(rows[k], 1));
    }
}

FUSIONSCOPE_AVX2 void roundGroup(PackedRows& rows, const float* x, int64_t group) {
    constexpr int64_t block = PackedRows::block, atOnce = PackedRows::blocksAtOnce;
    for (int64_t begin = 0, b = 0; begin < rows.in(); begin += block, ++b) {
        const int64_t eight = b / atOnce, at = b % atOnce;
        float* scales = rows.scales(eight, group) + at * together;
        float* sums = rows.sums(eight, group) + at * together;
        __m256i early[8] = {}, late[8] = {};
        for (int64_t r = 0; r < together; ++r) {
            scales[r] = sums[r] = 0.0F;
            const int64_t row = group * together + r;
            if (row >= rows.rows()) continue;
            const auto found =
                activationsOf(x + row * rows.in() + begin, std::min(block, rows.in() - begin), rows.fullScale());
            early[r] = found.early;
            late[r] = found.late;
            scales[r] = found.scale;
            sums[r] = found.scale * static_cast<float>(sumOfWords(found.early, found.late));
        }
        int32_t* to = rows.numbers(eight, group) + at * PackedRows::pairs * together;
        storePairs(early, to);
        storePairs(late, to + 8 * together);
    }
}

}  // namespace

void roundGroups(PackedRows& rows, const float* x, int64_t first, int64_t last) {
    for (int64_t group = first; group < last; ++group) roundGroup(rows, x, group);
}

void product(const MatrixView& matrix, const PackedRows& x, const float* bias, int64_t first, int64_t last, float* y) {
    ManyRows<Vectors>::productOfForm(matrix, x, bias, first, last, y);
}

}  // namespace fusionscope::nn::kernels::avx2

#else

namespace fusionscope::nn::kernels::avx2 {

void roundGroups(PackedRows&, const float*, int64_t, int64_t) {}
void product(const MatrixView&, const PackedRows&, const float*, int64_t, int64_t, float*) {}

}  // namespace fusionscope::nn::kernels::avx2

#endif
