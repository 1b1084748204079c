#pragma once

// The products of many rows in x86's vector instructions, around steps that are written for vectors of one size. The file
// that includes this has said in FUSIONSCOPE_VECTORS which instructions functions may use.

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <vector>

#include "core/nn/kernels/many_rows.h"
#include "core/nn/kernels/x86.h"

namespace fusionscope::nn::kernels {

namespace {

/// 32 whole numbers in the order of the columns, two in each 32 bits, and what they mean: number · scale + least.
struct WholeBlock {
    __m256i early, late;
    float scale, least;
};

FUSIONSCOPE_INLINE int32_t greatestOf(__m256i x) {
    __m128i four = _mm_max_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    four = _mm_max_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    return _mm_cvtsi128_si32(_mm_max_epi32(four, _mm_shuffle_epi32(four, 0xb1)));
}

FUSIONSCOPE_INLINE __m256i magnitude(__m256 x) {
    return _mm256_and_si256(_mm256_castps_si256(x), _mm256_set1_epi32(0x7fffffff));
}

FUSIONSCOPE_INLINE __m256i words(__m256 early, __m256 late, __m256 factor) {
    const __m256i both = _mm256_packs_epi32(_mm256_cvtps_epi32(_mm256_mul_ps(early, factor)),
                                            _mm256_cvtps_epi32(_mm256_mul_ps(late, factor)));
    return _mm256_permute4x64_epi64(both, 0xd8);
}

/// Rounds 32 numbers so that the largest becomes fullScale. Of a block that is not finite the scale is not either.
FUSIONSCOPE_INLINE WholeBlock roundedBlock(__m256 a, __m256 b, __m256 c, __m256 d, float fullScale) {
    // The bits of what is infinite or not a number are the greatest.
    const __m256i most =
        _mm256_max_epi32(_mm256_max_epi32(magnitude(a), magnitude(b)), _mm256_max_epi32(magnitude(c), magnitude(d)));
    const float greatest = std::bit_cast<float>(greatestOf(most));
    WholeBlock rounded{_mm256_setzero_si256(), _mm256_setzero_si256(), greatest * (1.0F / fullScale), 0.0F};
    if (greatest >= 1e-30F && greatest <= std::numeric_limits<float>::max()) {
        const __m256 factor = _mm256_set1_ps(fullScale / greatest);
        rounded.early = words(a, b, factor);
        rounded.late = words(c, d, factor);
    }
    return rounded;
}

/// Rows become columns.
FUSIONSCOPE_INLINE void transpose(__m256i (&rows)[8]) {
    __m256i twos[8], fours[8];
    for (int i = 0; i < 8; i += 2) {
        twos[i] = _mm256_unpacklo_epi32(rows[i], rows[i + 1]);
        twos[i + 1] = _mm256_unpackhi_epi32(rows[i], rows[i + 1]);
    }
    for (int i = 0; i < 8; i += 4)
        for (int half = 0; half < 2; ++half) {
            fours[i + 2 * half] = _mm256_unpacklo_epi64(twos[i + half], twos[i + 2 + half]);
            fours[i + 2 * half + 1] = _mm256_unpackhi_epi64(twos[i + half], twos[i + 2 + half]);
        }
    for (int i = 0; i < 4; ++i) {
        rows[i] = _mm256_permute2x128_si256(fours[i], fours[i + 4], 0x20);
        rows[i + 4] = _mm256_permute2x128_si256(fours[i], fours[i + 4], 0x31);
    }
}

FUSIONSCOPE_INLINE __m256 widened(const uint16_t* bf16) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(loadHalf(bf16)), 16));
}

/// Eight bytes of Int4 as pairs of words, less eight.
FUSIONSCOPE_INLINE __m256i neighbours(__m128i bytes) {
    const __m256i wide = _mm256_cvtepu8_epi32(bytes), low = _mm256_and_si256(wide, _mm256_set1_epi32(0x0f));
    const __m256i high = _mm256_slli_epi32(_mm256_and_si256(wide, _mm256_set1_epi32(0xf0)), 12);
    return _mm256_sub_epi16(_mm256_or_si256(low, high), _mm256_set1_epi16(8));
}

FUSIONSCOPE_INLINE float half(uint16_t bits) {
    return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(bits)));
}

/// Block b of a row of a matrix.
template <MatrixForm form>
FUSIONSCOPE_INLINE WholeBlock weightsOf(const MatrixView& matrix, int64_t row, int64_t b) {
    constexpr int64_t columns = PackedRows::block;
    const auto* scales = static_cast<const uint16_t*>(matrix.scales);
    if constexpr (form == MatrixForm::Bf16) {
        const uint16_t* numbers = static_cast<const uint16_t*>(matrix.values) + row * matrix.in + b * columns;
        uint16_t filled[columns] = {};
        if ((b + 1) * columns > matrix.in) {
            std::memcpy(filled, numbers, static_cast<size_t>(matrix.in - b * columns) * sizeof(uint16_t));
            numbers = filled;
        }
        return roundedBlock(widened(numbers), widened(numbers + 8), widened(numbers + 16), widened(numbers + 24),
                            PackedRows::fullScaleOfBoth);
    } else if constexpr (form == MatrixForm::Int8 || form == MatrixForm::Q8_0) {
        const int8_t* values = static_cast<const int8_t*>(matrix.values) + row * matrix.in + b * columns;
        int8_t filled[columns] = {};
        if ((b + 1) * columns > matrix.in) {
            std::memcpy(filled, values, static_cast<size_t>(matrix.in - b * columns));
            values = filled;
        }
        const float scale =
            form == MatrixForm::Int8 ? bf16Number(scales[row]) : half(scales[row * (matrix.in / columns) + b]);
        return {_mm256_cvtepi8_epi16(loadHalf(values)), _mm256_cvtepi8_epi16(loadHalf(values + 16)), scale, 0.0F};
    } else {
        const __m128i bytes = loadHalf(static_cast<const uint8_t*>(matrix.values) + row * matrix.in / 2 + 16 * b);
        const int64_t place = row * (matrix.in / matrix.group) + b * columns / matrix.group;
        if constexpr (form == MatrixForm::Int4) {
            return {neighbours(bytes), neighbours(_mm_srli_si128(bytes, 8)), bf16Number(scales[2 * place]),
                    bf16Number(scales[2 * place + 1])};
        } else {
            const __m128i fifteen = _mm_set1_epi8(15);
            const __m256i early = _mm256_cvtepu8_epi16(_mm_and_si128(bytes, fifteen));
            const __m256i late = _mm256_cvtepu8_epi16(_mm_and_si128(_mm_srli_epi16(bytes, 4), fifteen));
            if constexpr (form == MatrixForm::Q4_1)
                return {early, late, half(scales[2 * place]), half(scales[2 * place + 1])};
            const __m256i eight = _mm256_set1_epi16(8);
            return {_mm256_sub_epi16(early, eight), _mm256_sub_epi16(late, eight), half(scales[place]), 0.0F};
        }
    }
}

/// Sums of products of R rows of activations with two vectors of weights, which stay in registers: an array would not.
template <class Vectors, int R>
struct Dots {
    Dots<Vectors, R - 1> others;
    typename Vectors::Whole early, late;

    FUSIONSCOPE_INLINE Dots() : early(Vectors::zero()), late(Vectors::zero()) {}

    /// @param numbers a pair of columns of each row
    FUSIONSCOPE_INLINE void add(typename Vectors::Whole earlyWeights, typename Vectors::Whole lateWeights,
                                const int32_t* numbers) {
        others.add(earlyWeights, lateWeights, numbers);
        const auto x = Vectors::spread(numbers[R - 1]);
        early = Vectors::addProducts(early, earlyWeights, x);
        late = Vectors::addProducts(late, lateWeights, x);
        Vectors::inTurn(early, late);
    }
    /// to [R, 2 · lanes] += sum · scale of the row · scale of the weights, and least · sum where there are leasts.
    template <bool least>
    FUSIONSCOPE_INLINE void addScaled(const float* rowScales, const float* rowSums, const float* scales,
                                      const float* leasts, float* to) const {
        others.template addScaled<least>(rowScales, rowSums, scales, leasts, to);
        constexpr int64_t lanes = Vectors::lanes;
        to += (R - 1) * 2 * lanes;
        Vectors::template addScaled<least>(early, rowScales[R - 1], rowSums[R - 1], scales, leasts, to);
        Vectors::template addScaled<least>(late, rowScales[R - 1], rowSums[R - 1], scales + lanes, leasts + lanes, to + lanes);
    }
};

template <class Vectors>
struct Dots<Vectors, 0> {
    FUSIONSCOPE_INLINE Dots() {}
    FUSIONSCOPE_INLINE void add(typename Vectors::Whole, typename Vectors::Whole, const int32_t*) {}
    template <bool least>
    FUSIONSCOPE_INLINE void addScaled(const float*, const float*, const float*, const float*, float*) const {}
};

/// @tparam Vectors of one size: `lanes` of `Whole` numbers of 32 bits; `zero`, `loaded`, `spread`; `addProducts(sum,
/// weights, x)` of pairs of 16-bit numbers; `inTurn(a, b)`, after which the compiler computes what follows;
/// `addScaled<least>(sum, rowScale, rowSum, scales, leasts, to)` of one vector
template <class Vectors>
struct ManyRows {
    static constexpr int64_t width = 2 * Vectors::lanes;  ///< columns of y

    /// Eight blocks of `width` rows of the matrix, as many side by side.
    struct alignas(64) Panel {
        int32_t numbers[PackedRows::blocksAtOnce * PackedRows::pairs * width];
        float scales[PackedRows::blocksAtOnce * width], leasts[PackedRows::blocksAtOnce * width];
    };
    struct alignas(64) Sums {
        float of[PackedRows::together * width];
    };

    /// Adds the products of the panel's blocks and a group of rows.
    template <bool least>
    FUSIONSCOPE_VECTORS static void multiply(const Panel& panel, int64_t blocks, const int32_t* numbers,
                                             const float* rowScales, const float* rowSums, Sums& to) {
        constexpr int together = PackedRows::together;
        const int32_t* weights = panel.numbers;
        for (int64_t b = 0; b < blocks; ++b, rowScales += together, rowSums += together) {
            Dots<Vectors, together> dots;
            for (int64_t k = 0; k < PackedRows::pairs; ++k, weights += width, numbers += together)
                dots.add(Vectors::loaded(weights), Vectors::loaded(weights + Vectors::lanes), numbers);
            dots.template addScaled<least>(rowScales, rowSums, panel.scales + b * width, panel.leasts + b * width, to.of);
        }
    }

    /// @param count rows that there are
    template <MatrixForm form>
    FUSIONSCOPE_VECTORS static void pack(const MatrixView& matrix, int64_t row, int64_t count, int64_t b, int64_t blocks,
                                         Panel& panel) {
        for (int64_t at = 0; at < width; at += 8)
            for (int64_t k = 0; k < blocks; ++k) {
                __m256i early[8], late[8];
                for (int64_t r = 0; r < 8; ++r) {
                    WholeBlock found{_mm256_setzero_si256(), _mm256_setzero_si256(), 0.0F, 0.0F};
                    if (at + r < count) found = weightsOf<form>(matrix, row + at + r, b + k);
                    early[r] = found.early;
                    late[r] = found.late;
                    panel.scales[k * width + at + r] = found.scale;
                    panel.leasts[k * width + at + r] = found.least;
                }
                transpose(early);
                transpose(late);
                int32_t* to = panel.numbers + k * PackedRows::pairs * width + at;
                for (int64_t r = 0; r < 8; ++r) {
                    _mm256_store_si256(reinterpret_cast<__m256i*>(to + r * width), early[r]);
                    _mm256_store_si256(reinterpret_cast<__m256i*>(to + (8 + r) * width), late[r]);
                }
            }
    }

    template <MatrixForm form>
    FUSIONSCOPE_VECTORS static void product(const MatrixView& matrix, const PackedRows& x, const float* bias,
                                            int64_t first, int64_t last, float* y) {
        constexpr bool least = form == MatrixForm::Int4 || form == MatrixForm::Q4_1;
        constexpr int64_t atOnce = PackedRows::blocksAtOnce;
        const int64_t blocks = (matrix.in + PackedRows::block - 1) / PackedRows::block;
        std::vector<Sums> sums(static_cast<size_t>(x.groups()));
        Panel panel;
        for (int64_t o = first; o < last; o += width) {
            const int64_t count = std::min(width, last - o);
            Sums none = {};
            if (bias)
                for (int64_t r = 0; r < PackedRows::together; ++r) std::copy_n(bias + o, count, none.of + r * width);
            std::ranges::fill(sums, none);
            for (int64_t b = 0; b < blocks; b += atOnce) {
                const int64_t some = std::min(atOnce, blocks - b);
                pack<form>(matrix, o, count, b, some, panel);
                for (int64_t g = 0; g < x.groups(); ++g)
                    multiply<least>(panel, some, x.numbers(b / atOnce, g), x.scales(b / atOnce, g), x.sums(b / atOnce, g),
                                    sums[static_cast<size_t>(g)]);
            }
            for (int64_t row = 0; row < x.rows(); ++row)
                std::memcpy(y + row * matrix.out + o,
                            sums[static_cast<size_t>(row / PackedRows::together)].of + row % PackedRows::together * width,
                            static_cast<size_t>(count) * sizeof(float));
        }
    }

    static void productOfForm(const MatrixView& matrix, const PackedRows& x, const float* bias, int64_t first,
                              int64_t last, float* y) {
        switch (matrix.form) {
            case MatrixForm::Fp32: return;  // see takesManyRows()
            case MatrixForm::Bf16: return product<MatrixForm::Bf16>(matrix, x, bias, first, last, y);
            case MatrixForm::Int8: return product<MatrixForm::Int8>(matrix, x, bias, first, last, y);
            case MatrixForm::Int4: return product<MatrixForm::Int4>(matrix, x, bias, first, last, y);
            case MatrixForm::Q8_0: return product<MatrixForm::Q8_0>(matrix, x, bias, first, last, y);
            case MatrixForm::Q4_0: return product<MatrixForm::Q4_0>(matrix, x, bias, first, last, y);
            case MatrixForm::Q4_1: return product<MatrixForm::Q4_1>(matrix, x, bias, first, last, y);
        }
    }
};

}  // namespace

}  // namespace fusionscope::nn::kernels
