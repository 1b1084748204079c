#include "core/nn/kernels/vectors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/nn/kernels/few_rows.h"

namespace fusionscope::nn::kernels {

namespace {

void widen(const uint16_t* bf16, int64_t count, float* to) {
    for (int64_t i = 0; i < count; ++i) to[i] = std::bit_cast<float>(static_cast<uint32_t>(bf16[i]) << 16);
}

float squares(const float* x, int64_t count) {
    float sum = 0;
    for (int64_t i = 0; i < count; ++i) sum += x[i] * x[i];
    return sum;
}

void gated(const float* gate, const float* up, int64_t count, float* to) {
    for (int64_t i = 0; i < count; ++i) to[i] = gate[i] / (1.0F + std::exp(-gate[i])) * up[i];
}

float scores(const float* query, const float* keys, int64_t count, int64_t width, float* to) {
    float most = -std::numeric_limits<float>::infinity();
    for (int64_t i = 0; i < count; ++i, keys += width) {
        float sum = 0;
        for (int64_t column = 0; column < width; ++column) sum += query[column] * keys[column];
        to[i] = sum;
        most = std::max(most, sum);
    }
    return most;
}

float exponentials(float* x, int64_t count, float most) {
    float sum = 0;
    for (int64_t i = 0; i < count; ++i) sum += x[i] = std::exp(x[i] - most);
    return sum;
}

void addValues(const float* shares, const float* values, int64_t count, int64_t width, float keep, float* total) {
    for (int64_t column = 0; column < width; ++column) total[column] *= keep;
    for (int64_t i = 0; i < count; ++i, values += width)
        for (int64_t column = 0; column < width; ++column) total[column] += shares[i] * values[column];
}

constexpr Vectors plain{widen, squares, gated, scores, exponentials, addValues};

}  // namespace

const Vectors& vectors() {
#ifdef __x86_64__
    if (instructions() != Instructions::Plain) return avx2::vectors;
#endif
    return plain;
}

}  // namespace fusionscope::nn::kernels
