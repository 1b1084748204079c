#pragma once

// The loops of the products in x86's vector instructions, around steps that are written for vectors of one size. The file
// that includes this has said in FUSIONSCOPE_VECTORS which instructions functions may use.

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/nn/kernels/few_rows_vectors.h"
#include "core/nn/kernels/x86.h"

namespace fusionscope::nn::kernels {

namespace {

constexpr int64_t block = Activations::block;
constexpr int64_t ahead = 2048;  // bytes: the processor's own prefetching stops at the end of a page

inline void prefetch(const void* place) { __builtin_prefetch(static_cast<const char*>(place) + ahead); }

template <int R>
struct SplitRows {
    const int8_t* numbers[R];
    const float *scales[R], *sums[R];

    SplitRows(const Activations& x, int64_t row) {
        for (int r = 0; r < R; ++r) {
            numbers[r] = x.split(row + r);
            scales[r] = x.scales(row + r);
            sums[r] = x.sums(row + r);
        }
    }
};

template <int R>
struct WordRows {
    const int16_t* numbers[R];
    const float* scales[R];

    WordRows(const Activations& x, int64_t row) {
        for (int r = 0; r < R; ++r) {
            numbers[r] = x.words(row + r);
            scales[r] = x.scales(row + r);
        }
    }
};

/// What the values of eight blocks mean, value · scale + least, in the order that Activations::splitPlace() gives.
struct Groups {
    __m256 scale, least;
};

/// The last `count` scales of a row and zeros behind them, without reading further. @param to sixteen places
FUSIONSCOPE_INLINE void lastScales(const uint16_t* scales, int64_t count, uint16_t* to) {
    const __m256i places = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i there = _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count / 2)), places);
    const __m256i pairs = _mm256_maskload_epi32(reinterpret_cast<const int*>(scales), there);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), pairs);
    if (count % 2 != 0) to[count - 1] = scales[count - 1];
}

/// @tparam Blocks of 32 columns to a group
template <MatrixForm form, int Blocks>
FUSIONSCOPE_INLINE Groups eightGroups(const uint16_t* scales) {
    if constexpr (form == MatrixForm::Int4) {
        const __m256i order = Blocks == 1   ? _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7)
                              : Blocks == 2 ? _mm256_setr_epi32(0, 1, 2, 3, 0, 1, 2, 3)
                                            : _mm256_setr_epi32(0, 0, 1, 1, 0, 0, 1, 1);
        const __m256i pairs = Blocks == 1   ? load(scales)
                              : Blocks == 2 ? _mm256_castsi128_si256(loadHalf(scales))
                                            : _mm256_castsi128_si256(_mm_loadu_si64(scales));
        const __m256i ordered = _mm256_permutevar8x32_epi32(pairs, order);
        const __m256 scale = _mm256_castsi256_ps(_mm256_slli_epi32(ordered, 16));
        const __m256 offset =
            _mm256_castsi256_ps(_mm256_and_si256(ordered, _mm256_set1_epi32(static_cast<int>(0xffff0000U))));
        return {scale, _mm256_fmadd_ps(scale, _mm256_set1_ps(-8.0F), offset)};
    } else if constexpr (form == MatrixForm::Q4_0) {
        const __m128i order = _mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15);
        const __m256 scale = _mm256_cvtph_ps(_mm_shuffle_epi8(loadHalf(scales), order));
        return {scale, _mm256_mul_ps(scale, _mm256_set1_ps(-8.0F))};
    } else {
        // In each half scales 0, 2, 1, 3 and then their minima; then pairs of them to their places.
        const __m256i apart = _mm256_shuffle_epi8(
            load(scales), _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 8, 9, 4, 5, 12, 13, 2, 3, 10, 11, 6, 7, 14, 15)));
        const __m256i ordered = _mm256_permutevar8x32_epi32(apart, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
        return {_mm256_cvtph_ps(_mm256_castsi256_si128(ordered)), _mm256_cvtph_ps(_mm256_extracti128_si256(ordered, 1))};
    }
}

inline float number(float x) { return x; }
inline float number(uint16_t bits) { return bf16Number(bits); }

/// Columns [first, last) of y for rows [row, row + R) of x.
///
/// @tparam Steps of one size of vectors:
/// - `Totals<R>`: sums of products, zero at first; `of(r)` is the one of a row
/// - `addEight<form, Blocks, R>(blocks, bytes, scales, rows, eight, total)` adds the products of eight blocks of four-bit
///   values, or of fewer at the end of a row; scales are there for eight
/// - `addBytes<R>(weights, rows, b, factors, total)` adds those of 32 eight-bit values, each row's with its factor
/// - `addNumbers<R>(weights, rows, i, total)` adds those of 32 numbers, fp32 or bf16, from column i on, to `NumberTotals`
template <class Steps, int R>
struct Loops {
    using Totals = typename Steps::template Totals<R>;

    template <MatrixForm form, int Blocks>
    FUSIONSCOPE_VECTORS static void nibbles(const MatrixView& matrix, const Activations& x, int64_t row, int64_t first,
                                            int64_t last, float* y) {
        constexpr int64_t perGroup = form == MatrixForm::Q4_0 ? 1 : 2, perEight = 8 / Blocks * perGroup;
        const SplitRows<R> rows(x, row);
        const int64_t blocks = matrix.in / block, whole = blocks / 8, rest = blocks % 8;
        for (int64_t o = first; o < last; ++o) {
            const uint8_t* bytes = static_cast<const uint8_t*>(matrix.values) + o * matrix.in / 2;
            const uint16_t* scales = static_cast<const uint16_t*>(matrix.scales) + o * blocks / Blocks * perGroup;
            Totals total;
            for (int64_t e = 0; e < whole; ++e, bytes += 128, scales += perEight) {
                prefetch(bytes);
                prefetch(bytes + 64);
                prefetch(scales);
                Steps::template addEight<form, Blocks, R>(8, bytes, scales, rows, e, total);
            }
            if (rest > 0) {
                uint16_t filled[16];
                lastScales(scales, rest / Blocks * perGroup, filled);
                Steps::template addEight<form, Blocks, R>(rest, bytes, filled, rows, whole, total);
            }
            for (int r = 0; r < R; ++r) y[(row + r) * matrix.out + o] = total.of(r);
        }
    }

    FUSIONSCOPE_VECTORS static void int8(const MatrixView& matrix, const Activations& x, int64_t row, int64_t first,
                                         int64_t last, float* y) {
        const WordRows<R> rows(x, row);
        const int64_t whole = matrix.in / block, rest = matrix.in % block;
        for (int64_t o = first; o < last; ++o) {
            const int8_t* weights = static_cast<const int8_t*>(matrix.values) + o * matrix.in;
            Totals total;
            const float* factors[R];
            for (int r = 0; r < R; ++r) factors[r] = rows.scales[r];
            for (int64_t b = 0; b < whole; ++b, weights += block) {
                prefetch(weights);
                Steps::template addBytes<R>(weights, rows, b, factors, total);
                for (int r = 0; r < R; ++r) ++factors[r];
            }
            if (rest > 0) {
                int8_t filled[block] = {};
                std::memcpy(filled, weights, static_cast<size_t>(rest));
                Steps::template addBytes<R>(filled, rows, whole, factors, total);
            }
            const float scale = number(static_cast<const uint16_t*>(matrix.scales)[o]);
            for (int r = 0; r < R; ++r) y[(row + r) * matrix.out + o] = total.of(r) * scale;
        }
    }

    FUSIONSCOPE_VECTORS static void blocksOfBytes(const MatrixView& matrix, const Activations& x, int64_t row,
                                                  int64_t first, int64_t last, float* y) {
        const WordRows<R> rows(x, row);
        const int64_t blocks = matrix.in / block;
        for (int64_t o = first; o < last; ++o) {
            const int8_t* weights = static_cast<const int8_t*>(matrix.values) + o * matrix.in;
            const uint16_t* scales = static_cast<const uint16_t*>(matrix.scales) + o * blocks;
            Totals total;
            for (int64_t begin = 0; begin < blocks; begin += 8) {
                const int64_t end = std::min(begin + 8, blocks);
                float products[R][8];
                const float* factors[R];
                uint16_t filled[16];
                if (end < begin + 8) lastScales(scales + begin, end - begin, filled);
                const __m256 scale = _mm256_cvtph_ps(loadHalf(end < begin + 8 ? filled : scales + begin));
                for (int r = 0; r < R; ++r) {
                    _mm256_storeu_ps(products[r], _mm256_mul_ps(scale, _mm256_loadu_ps(rows.scales[r] + begin)));
                    factors[r] = products[r];
                }
                for (int64_t b = begin; b < end; ++b, weights += block) {
                    prefetch(weights);
                    Steps::template addBytes<R>(weights, rows, b, factors, total);
                    for (int r = 0; r < R; ++r) ++factors[r];
                }
            }
            for (int r = 0; r < R; ++r) y[(row + r) * matrix.out + o] = total.of(r);
        }
    }

    template <class Number>
    FUSIONSCOPE_VECTORS static void numbers(const MatrixView& matrix, const Activations& x, int64_t row, int64_t first,
                                            int64_t last, float* y) {
        const float* rows[R];
        for (int r = 0; r < R; ++r) rows[r] = x.floats(row + r);
        for (int64_t o = first; o < last; ++o) {
            const Number* weights = static_cast<const Number*>(matrix.values) + o * matrix.in;
            typename Steps::template NumberTotals<R> total;
            int64_t i = 0;
            for (; i + block <= matrix.in; i += block) {
                prefetch(weights + i);
                if constexpr (sizeof(Number) == 4) prefetch(weights + i + block / 2);
                Steps::template addNumbers<R>(weights + i, rows, i, total);
            }
            for (int r = 0; r < R; ++r) {
                float sum = total.of(r);
                for (int64_t k = i; k < matrix.in; ++k) sum += number(weights[k]) * rows[r][k];
                y[(row + r) * matrix.out + o] = sum;
            }
        }
    }
};

/// product() by the steps.
template <class Steps>
void productBy(const MatrixView& matrix, const Activations& x, int64_t first, int64_t last, float* y) {
    // Columns of y in chunks, whose weights stay in the cache for the next rows of x.
    constexpr int64_t cached = int64_t{128} << 10;
    const int64_t step = cached / (matrix.in + 1) + 1;
    const auto inChunks = [&](const auto& rowsOf) {
        for (int64_t o = first; o < last; o += step) {
            const int64_t end = std::min(o + step, last);
            int64_t row = 0;
            for (; row + 4 <= x.rows(); row += 4) rowsOf(Loops<Steps, 4>(), row, o, end);
            for (; row + 2 <= x.rows(); row += 2) rowsOf(Loops<Steps, 2>(), row, o, end);
            for (; row < x.rows(); ++row) rowsOf(Loops<Steps, 1>(), row, o, end);
        }
    };
    const auto nibbles = [&]<MatrixForm form, int Blocks>() {
        inChunks([&](auto loops, int64_t row, int64_t begin, int64_t end) {
            loops.template nibbles<form, Blocks>(matrix, x, row, begin, end, y);
        });
    };
    const auto numbers = [&]<class Number>() {
        inChunks([&](auto loops, int64_t row, int64_t begin, int64_t end) {
            loops.template numbers<Number>(matrix, x, row, begin, end, y);
        });
    };
    switch (matrix.form) {
        case MatrixForm::Fp32: return numbers.template operator()<float>();
        case MatrixForm::Bf16: return numbers.template operator()<uint16_t>();
        case MatrixForm::Q4_0: return nibbles.template operator()<MatrixForm::Q4_0, 1>();
        case MatrixForm::Q4_1: return nibbles.template operator()<MatrixForm::Q4_1, 1>();
        case MatrixForm::Int4:
            return matrix.group == 32   ? nibbles.template operator()<MatrixForm::Int4, 1>()
                   : matrix.group == 64 ? nibbles.template operator()<MatrixForm::Int4, 2>()
                                        : nibbles.template operator()<MatrixForm::Int4, 4>();
        case MatrixForm::Int8:
            return inChunks([&](auto loops, int64_t row, int64_t begin, int64_t end) {
                loops.int8(matrix, x, row, begin, end, y);
            });
        case MatrixForm::Q8_0:
            return inChunks([&](auto loops, int64_t row, int64_t begin, int64_t end) {
                loops.blocksOfBytes(matrix, x, row, begin, end, y);
            });
    }
}

}  // namespace

}  // namespace fusionscope::nn::kernels
