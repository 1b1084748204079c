#include "core/nn/kernels/few_rows.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>

#include "core/nn/kernels/few_rows_avx2.h"

namespace fusionscope::nn::kernels {

namespace {

std::atomic<bool> plainWanted = false;

}  // namespace

bool hasVectors() {
    if constexpr (avx2::compiled) return avx2::supported() && !plainWanted;
    return false;
}

namespace {

float fromBf16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

/// Rounds by adding a number so large that the sum's last bit is one, which compilers turn into vectors.
int16_t rounded(float x) {
    constexpr float magic = 12582912.0F;  // 1.5 · 2^23
    return static_cast<int16_t>(std::bit_cast<uint32_t>(x + magic) & 0xffff);
}

/// The largest absolute value; infinite or not a number when one of them is, since their bits are the largest.
float greatest(const float* x, int64_t count) {
    int32_t most = 0;
    for (int64_t i = 0; i < count; ++i) most = std::max(most, std::bit_cast<int32_t>(x[i]) & 0x7fffffff);
    return std::bit_cast<float>(most);
}

/// @param x `count` columns of a block; @param to zero so far
void toIntegers(const float* x, int64_t count, float factor, bool evenFirst, int16_t* to) {
    if (!evenFirst) {
        for (int64_t i = 0; i < count; ++i) to[i] = rounded(x[i] * factor);
        return;
    }
    for (int64_t run = 0; run < count; run += 32, to += 32, x += 32) {
        int16_t natural[32];
        for (int i = 0; i < 32; ++i) natural[i] = rounded(x[i] * factor);
        for (int i = 0; i < 16; ++i) {
            to[i] = natural[2 * i];
            to[16 + i] = natural[2 * i + 1];
        }
    }
}

void plainInt8(const Activations& x, const int8_t* values, const uint16_t* scales, int64_t first, int64_t last,
               int64_t out, float* y) {
    for (int64_t o = first; o < last; ++o)
        for (int64_t r = 0; r < x.rows; ++r) {
            const int8_t* weights = values + o * x.in;
            float total = 0;
            for (int64_t b = 0; b < x.blocks; ++b) {
                const int64_t begin = b * x.block, count = std::min(x.block, x.in - begin);
                int32_t dot = 0;
                for (int64_t i = 0; i < count; ++i) dot += weights[begin + i] * x.row(r)[begin + i];
                total += static_cast<float>(dot) * x.scales[static_cast<size_t>(r * x.stride + b)];
            }
            y[r * out + o] = total * fromBf16(scales[o]);
        }
}

void plainInt4(const Activations& x, const uint8_t* values, const uint16_t* scales, int64_t first, int64_t last,
               int64_t out, float* y) {
    for (int64_t o = first; o < last; ++o)
        for (int64_t r = 0; r < x.rows; ++r) {
            const uint8_t* bytes = values + o * x.in / 2;
            const int16_t* numbers = x.row(r);
            float total = 0;
            for (int64_t b = 0; b < x.blocks; ++b) {
                int32_t dot = 0;
                for (int64_t run = 0; run < x.block; run += 32, bytes += 16, numbers += 32)
                    for (int64_t i = 0; i < 16; ++i)
                        dot += (bytes[i] & 15) * numbers[i] + (bytes[i] >> 4) * numbers[16 + i];
                const uint16_t* pair = scales + 2 * (o * x.blocks + b);
                const float scale = fromBf16(pair[0]), sum = x.sums[static_cast<size_t>(r * x.stride + b)];
                total += scale * x.scales[static_cast<size_t>(r * x.stride + b)] * static_cast<float>(dot) +
                         (fromBf16(pair[1]) - 8.0F * scale) * sum;
            }
            y[r * out + o] = total;
        }
}

}  // namespace

Activations::Activations(const float* x, int64_t rowCount, int64_t columns, int64_t blockColumns, bool evenFirst)
    : rows(rowCount),
      in(columns),
      block(blockColumns),
      blocks((columns + blockColumns - 1) / blockColumns),
      stride((blocks + 7) / 8 * 8),
      values(static_cast<size_t>(rows * blocks * block)),
      scales(static_cast<size_t>(rows * stride)),
      sums(static_cast<size_t>(rows * stride)) {
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t b = 0; b < blocks; ++b) {
            const float* from = x + r * in + b * block;
            const int64_t count = std::min(block, in - b * block);
            const auto place = static_cast<size_t>(r * stride + b);
            const float most = greatest(from, count);
            scales[place] = most / 32767.0F;
            int16_t* to = values.data() + (r * blocks + b) * block;
            int32_t sum = 0;
            if (most >= 1e-30F && std::isfinite(most)) {
                toIntegers(from, count, 32767.0F / most, evenFirst, to);
                for (int64_t i = 0; i < block; ++i) sum += to[i];
            }
            // Of the rounded numbers, so that what offsets add and what they take away is the same.
            sums[place] = scales[place] * static_cast<float>(sum);
        }
}

std::vector<float> evenColumnsFirst(const float* x, int64_t rows, int64_t in) {
    constexpr int64_t run = 16;
    std::vector<float> result(x, x + rows * in);
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t begin = r * in; begin + run <= (r + 1) * in; begin += run)
            for (int64_t i = 0; i < run / 2; ++i) {
                result[static_cast<size_t>(begin + i)] = x[begin + 2 * i];
                result[static_cast<size_t>(begin + run / 2 + i)] = x[begin + 2 * i + 1];
            }
    return result;
}

void int8Product(const Activations& x, const int8_t* values, const uint16_t* scales, int64_t first, int64_t last,
                 int64_t out, float* y) {
    if constexpr (avx2::compiled)
        if (hasVectors()) return avx2::int8Product(x, values, scales, first, last, out, y);
    plainInt8(x, values, scales, first, last, out, y);
}

void int4Product(const Activations& x, const uint8_t* values, const uint16_t* scales, int64_t first, int64_t last,
                 int64_t out, float* y) {
    if constexpr (avx2::compiled)
        if (hasVectors()) return avx2::int4Product(x, values, scales, first, last, out, y);
    plainInt4(x, values, scales, first, last, out, y);
}

void bf16Product(const float* x, int64_t rows, int64_t in, const uint16_t* weight, int64_t first, int64_t last,
                 int64_t out, float* y) {
    if constexpr (avx2::compiled) avx2::bf16Product(x, rows, in, weight, first, last, out, y);
}

void int4Numbers(const uint8_t* values, const uint16_t* scales, int64_t in, int64_t group, int64_t first, int64_t last,
                 float* numbers) {
    const uint8_t* bytes = values + first * in / 2;
    const uint16_t* pair = scales + 2 * first * (in / group);
    for (int64_t left = (last - first) * (in / group); left > 0; --left, pair += 2) {
        const float scale = fromBf16(pair[0]), least = fromBf16(pair[1]) - 8.0F * scale;
        for (int64_t i = 0; i < group / 2; ++i, ++bytes) {
            *numbers++ = least + scale * static_cast<float>(*bytes & 15);
            *numbers++ = least + scale * static_cast<float>(*bytes >> 4);
        }
    }
}

void usePlainCode(bool plain) { plainWanted = plain; }

}  // namespace fusionscope::nn::kernels
