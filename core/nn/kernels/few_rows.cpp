#include "core/nn/kernels/few_rows.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>

#include "core/files/dequantize.h"
#include "core/nn/kernels/few_rows_vectors.h"

namespace fusionscope::nn::kernels {

namespace {

using files::bfloat16ToFloat;
using files::halfToFloat;

// The largest number whose halves, both signed, fit bytes: 127 · 256 + 127.
constexpr float fullScale = 32639.0F;

std::atomic<Instructions> mostWanted = Instructions::Avx512;

Activations::Form activationForm(MatrixForm form) {
    switch (form) {
        case MatrixForm::Fp32: return Activations::Form::Floats;
        case MatrixForm::Bf16: return Activations::Form::EvenOddFloats;
        case MatrixForm::Int8:
        case MatrixForm::Q8_0: return Activations::Form::Words;
        case MatrixForm::Int4: return Activations::Form::EvenOdd;
        case MatrixForm::Q4_0:
        case MatrixForm::Q4_1: return Activations::Form::Halves;
    }
    return Activations::Form::Floats;
}

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

/// Where a column's number is among those of a row that has, of every 32 columns, the even ones first.
int64_t evenOddPlace(int64_t column) {
    constexpr int64_t block = Activations::block;
    return column / block * block + column % 2 * (block / 2) + column % block / 2;
}

/// @param to the block's place in its run
void split(const int16_t* numbers, bool evenFirst, int8_t* to) {
    constexpr int64_t half = Activations::block / 2;
    for (int64_t i = 0; i < half; ++i) {
        const int first = numbers[evenFirst ? 2 * i : i], second = numbers[evenFirst ? 2 * i + 1 : half + i];
        to[64 + i] = static_cast<int8_t>(first);
        to[i] = static_cast<int8_t>((first - to[64 + i]) >> 8);
        to[192 + i] = static_cast<int8_t>(second);
        to[128 + i] = static_cast<int8_t>((second - to[192 + i]) >> 8);
    }
}

/// What a four-bit value means: value · scale + least.
struct Group {
    float scale, least;
};

/// @param b block of 32 columns
Group groupOf(const MatrixView& matrix, int64_t row, int64_t b) {
    const int64_t place = row * (matrix.in / matrix.group) + b * Activations::block / matrix.group;
    const auto* scales = static_cast<const uint16_t*>(matrix.scales);
    if (matrix.form == MatrixForm::Q4_0) return {halfToFloat(scales[place]), -8.0F * halfToFloat(scales[place])};
    const uint16_t* pair = scales + 2 * place;
    if (matrix.form == MatrixForm::Q4_1) return {halfToFloat(pair[0]), halfToFloat(pair[1])};
    const float scale = bfloat16ToFloat(pair[0]);
    return {scale, bfloat16ToFloat(pair[1]) - 8.0F * scale};
}

/// The scale of a row of Int8, or of 32 columns of it.
float byteScale(const MatrixView& matrix, int64_t row, int64_t b) {
    const auto* scales = static_cast<const uint16_t*>(matrix.scales);
    if (matrix.form == MatrixForm::Int8) return bfloat16ToFloat(scales[row]);
    return halfToFloat(scales[row * (matrix.in / Activations::block) + b]);
}

float plainNumbers(const MatrixView& matrix, const Activations& x, int64_t o, int64_t r) {
    const auto* weights = static_cast<const float*>(matrix.values) + o * matrix.in;
    float total = 0;
    for (int64_t i = 0; i < matrix.in; ++i) total += weights[i] * x.floats(r)[i];
    return total;
}

float plainBf16(const MatrixView& matrix, const Activations& x, int64_t o, int64_t r) {
    const auto* weights = static_cast<const uint16_t*>(matrix.values) + o * matrix.in;
    const int64_t ordered = matrix.in / Activations::block * Activations::block;
    float total = 0;
    for (int64_t i = 0; i < matrix.in; ++i)
        total += bfloat16ToFloat(weights[i]) * x.floats(r)[i < ordered ? evenOddPlace(i) : i];
    return total;
}

float plainBytes(const MatrixView& matrix, const Activations& x, int64_t o, int64_t r) {
    const int8_t* weights = static_cast<const int8_t*>(matrix.values) + o * matrix.in;
    float total = 0;
    for (int64_t begin = 0, b = 0; begin < matrix.in; begin += Activations::block, ++b) {
        int32_t dot = 0;
        for (int64_t i = begin; i < std::min(begin + Activations::block, matrix.in); ++i) dot += weights[i] * x.words(r)[i];
        total += static_cast<float>(dot) * byteScale(matrix, o, b) * x.scales(r)[b];
    }
    return total;
}

float plainNibbles(const MatrixView& matrix, const Activations& x, int64_t o, int64_t r) {
    const uint8_t* bytes = static_cast<const uint8_t*>(matrix.values) + o * matrix.in / 2;
    float total = 0;
    for (int64_t b = 0; b < matrix.in / Activations::block; ++b, bytes += 16) {
        const int8_t* run = x.split(r) + b / 4 * Activations::runBytes + b % 4 * 16;
        int32_t dot = 0;
        for (int64_t i = 0; i < 16; ++i)
            dot += (bytes[i] & 15) * (256 * run[i] + run[64 + i]) + (bytes[i] >> 4) * (256 * run[128 + i] + run[192 + i]);
        const auto group = groupOf(matrix, o, b);
        const int64_t place = Activations::splitPlace(b);
        total += group.scale * x.scales(r)[place] * static_cast<float>(dot) + group.least * x.sums(r)[place];
    }
    return total;
}

void plainProduct(const MatrixView& matrix, const Activations& x, int64_t first, int64_t last, float* y) {
    const auto form = activationForm(matrix.form);
    const auto dot = form == Activations::Form::Floats          ? plainNumbers
                     : form == Activations::Form::EvenOddFloats ? plainBf16
                     : form == Activations::Form::Words         ? plainBytes
                                                                : plainNibbles;
    for (int64_t o = first; o < last; ++o)
        for (int64_t r = 0; r < x.rows(); ++r) y[r * matrix.out + o] = dot(matrix, x, o, r);
}

/// One block of 32 four-bit values as numbers, by the formula of its form, so that GGUF's come out to the last bit.
void nibbleNumbers(const MatrixView& matrix, const uint8_t* bytes, const Group& group, float* to) {
    const bool neighbours = matrix.form == MatrixForm::Int4, symmetric = matrix.form == MatrixForm::Q4_0;
    const float zero = symmetric ? 8.0F : 0.0F, least = symmetric ? 0.0F : group.least;
    for (int64_t i = 0; i < 16; ++i) {
        to[neighbours ? 2 * i : i] = group.scale * (static_cast<float>(bytes[i] & 15) - zero) + least;
        to[neighbours ? 2 * i + 1 : 16 + i] = group.scale * (static_cast<float>(bytes[i] >> 4) - zero) + least;
    }
}

void rowNumbers(const MatrixView& matrix, int64_t row, float* to) {
    const int64_t in = matrix.in, begin = row * in;
    switch (matrix.form) {
        case MatrixForm::Fp32: std::copy_n(static_cast<const float*>(matrix.values) + begin, in, to); break;
        case MatrixForm::Bf16:
            std::transform(static_cast<const uint16_t*>(matrix.values) + begin,
                           static_cast<const uint16_t*>(matrix.values) + begin + in, to, bfloat16ToFloat);
            break;
        case MatrixForm::Int8:
        case MatrixForm::Q8_0:
            for (int64_t i = 0, b = 0; i < in; ++b) {
                const float scale = byteScale(matrix, row, b);
                for (const int64_t end = std::min(i + Activations::block, in); i < end; ++i)
                    to[i] = scale * static_cast<float>(static_cast<const int8_t*>(matrix.values)[begin + i]);
            }
            break;
        case MatrixForm::Int4:
        case MatrixForm::Q4_0:
        case MatrixForm::Q4_1:
            for (int64_t b = 0; b < in / Activations::block; ++b)
                nibbleNumbers(matrix, static_cast<const uint8_t*>(matrix.values) + begin / 2 + 16 * b,
                              groupOf(matrix, row, b), to + b * Activations::block);
    }
}

}  // namespace

void Activations::assign(const MatrixView& matrix, const float* x, int64_t rows) {
    m_form = activationForm(matrix.form);
    m_rows = rows;
    m_in = matrix.in;
    if (m_form == Form::Floats || m_form == Form::EvenOddFloats) {
        m_floats.assign(x, x + rows * m_in);
        if (m_form == Form::EvenOddFloats)
            for (int64_t row = 0; row < rows; ++row)
                for (int64_t begin = row * m_in; begin + block <= (row + 1) * m_in; begin += block)
                    for (int64_t i = 0; i < block / 2; ++i) {
                        m_floats[static_cast<size_t>(begin + i)] = x[begin + 2 * i];
                        m_floats[static_cast<size_t>(begin + block / 2 + i)] = x[begin + 2 * i + 1];
                    }
        return;
    }
    m_blocks = (m_in + 8 * block - 1) / (8 * block) * 8;
    m_scales.resize(static_cast<size_t>(rows * m_blocks));
    m_sums.resize(m_scales.size());
    if (m_form == Form::Words)
        m_words.resize(static_cast<size_t>(rows * m_blocks * block));
    else
        m_split.resize(static_cast<size_t>(rows * m_blocks * block * 2));
    for (int64_t row = 0; row < rows; ++row)
        for (int64_t b = 0; b < m_blocks; ++b) {
            const int64_t count = std::clamp<int64_t>(m_in - b * block, 0, block);
            round(count > 0 ? x + row * m_in + b * block : x, count, row, b);
        }
}

void Activations::round(const float* x, int64_t count, int64_t row, int64_t b) {
    int16_t numbers[block] = {};
    const float most = greatest(x, count);
    int32_t sum = 0;
    if (most >= 1e-30F && std::isfinite(most)) {
        const float factor = fullScale / most;
        for (int64_t i = 0; i < count; ++i) numbers[i] = rounded(x[i] * factor);
        for (int64_t i = 0; i < block; ++i) sum += numbers[i];
    }
    const bool words = m_form == Form::Words;
    const auto place = static_cast<size_t>(row * m_blocks + (words ? b : splitPlace(b)));
    m_scales[place] = most / fullScale;
    // Of the rounded numbers, so that what offsets add and what they take away is the same.
    m_sums[place] = m_scales[place] * static_cast<float>(sum);
    if (words)
        std::copy_n(numbers, block, m_words.data() + (row * m_blocks + b) * block);
    else
        kernels::split(numbers, m_form == Form::EvenOdd,
                       m_split.data() + row * m_blocks * block * 2 + b / 4 * runBytes + b % 4 * 16);
}

bool Activations::fit(const MatrixView& matrix) const {
    return m_rows > 0 && m_in == matrix.in && m_form == activationForm(matrix.form);
}

void product(const MatrixView& matrix, const Activations& x, int64_t first, int64_t last, float* y) {
    switch (instructions()) {
        case Instructions::Avx512: return avx512::product(matrix, x, first, last, y);
        case Instructions::Avx2: return avx2::product(matrix, x, first, last, y);
        case Instructions::Plain: return plainProduct(matrix, x, first, last, y);
    }
}

void numbers(const MatrixView& matrix, int64_t first, int64_t last, float* to) {
    for (int64_t row = first; row < last; ++row, to += matrix.in) rowNumbers(matrix, row, to);
}

Instructions instructions() {
    static const auto fastest = avx512::supported() ? Instructions::Avx512
                                : avx2::supported() ? Instructions::Avx2
                                                    : Instructions::Plain;
    return std::min<Instructions>(fastest, mostWanted);
}

void useAtMost(Instructions most) { mostWanted = most; }

}  // namespace fusionscope::nn::kernels
