#pragma once

#include <cstdint>
#include <variant>

namespace fusionscope::nn::kernels {

/// A number of 16 bits as it lies in memory.
struct Bf16 {
    uint16_t bits;
};
struct Fp16 {
    uint16_t bits;
};
/// Where numbers lie, in one of the types that are computed with where they lie.
using Numbers = std::variant<const float*, const Bf16*, const Fp16*>;

/// What the steps of decoding do with rows of numbers beside products with weights. One set is plain code, one is in
/// AVX2 instructions; vectors() gives the best one for this processor. The results of the two differ by rounding.
struct Vectors {
    /// so many keys at once
    static constexpr int64_t mostKeys = 32;

    /// bf16 → fp32.
    void (*widen)(const Bf16* from, int64_t count, float* to);
    /// Σ x²
    float (*squares)(const float* x, int64_t count);
    /// to = silu(gate) · up. @param to may be one of the inputs
    void (*gated)(const float* gate, const float* up, int64_t count, float* to);
    /// scores[i] = query · keys[i]. @param keys [count, width]; @param scores room for mostKeys. @return the largest
    float (*scores)(const float* query, const Numbers& keys, int64_t count, int64_t width, float* scores);
    /// scores = exp(scores − most), which is not above 0. @return their sum
    float (*exponentials)(float* scores, int64_t count, float most);
    /// total = total · keep + Σ shares[i] · values[i]. @param values [count, width]
    void (*addValues)(const float* shares, const Numbers& values, int64_t count, int64_t width, float keep, float* total);
};

const Vectors& vectors();

namespace avx2 {  // and FMA; for vectors() alone
extern const Vectors vectors;
}

}  // namespace fusionscope::nn::kernels
