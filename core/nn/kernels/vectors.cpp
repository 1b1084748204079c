#include "core/nn/kernels/vectors.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/files/dequantize.h"
#include "core/nn/kernels/few_rows.h"

namespace fusionscope::nn::kernels {

namespace {

float wide(float x) { return x; }
float wide(Bf16 x) { return files::bfloat16ToFloat(x.bits); }
float wide(Fp16 x) { return files::halfToFloat(x.bits); }

void widen(const Bf16* from, int64_t count, float* to) {
    for (int64_t i = 0; i < count; ++i) to[i] = wide(from[i]);
}

float squares(const float* x, int64_t count) {
    float sum = 0;
    for (int64_t i = 0; i < count; ++i) sum += x[i] * x[i];
    return sum;
}

void gated(const float* gate, const float* up, int64_t count, float* to) {
    for (int64_t i = 0; i < count; ++i) to[i] = gate[i] / (1.0F + std::exp(-gate[i])) * up[i];
}

float scores(const float* query, const Numbers& keys, int64_t count, int64_t width, float* to) {
    const auto compute = [&](const auto* key) {
        float most = -std::numeric_limits<float>::infinity();
        for (int64_t i = 0; i < count; ++i, key += width) {
            float sum = 0;
            for (int64_t column = 0; column < width; ++column) sum += query[column] * wide(key[column]);
            to[i] = sum;
            most = std::max(most, sum);
        }
        return most;
    };
    return std::visit(compute, keys);
}

float exponentials(float* x, int64_t count, float most) {
    float sum = 0;
    for (int64_t i = 0; i < count; ++i) sum += x[i] = std::exp(x[i] - most);
    return sum;
}

void addValues(const float* shares, const Numbers& values, int64_t count, int64_t width, float keep, float* total) {
    for (int64_t column = 0; column < width; ++column) total[column] *= keep;
    const auto add = [&](const auto* value) {
        for (int64_t i = 0; i < count; ++i, value += width)
            for (int64_t column = 0; column < width; ++column) total[column] += shares[i] * wide(value[column]);
    };
    std::visit(add, values);
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
