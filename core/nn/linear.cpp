#include "core/nn/linear.h"

#include <ATen/ATen.h>

namespace fusionscope::nn {

Linear::Linear(const Weights& weights, int64_t in, int64_t out, bool bias)
    : m_weight(weights.tensor("weight", {out, in})), m_bias(bias ? weights.tensor("bias", {out}) : Tensor()) {}

Linear::Linear(Tensor weight, Tensor bias) : m_weight(std::move(weight)), m_bias(std::move(bias)) {}

Tensor Linear::operator()(const Tensor& x) const {
    const auto type = x.scalar_type();
    return at::linear(x, m_weight.to(type), m_bias.defined() ? m_bias.to(type) : m_bias);
}

}  // namespace fusionscope::nn
