#pragma once

#include "core/nn/weights.h"

namespace fusionscope::nn {

/// y = x Wᵀ + b over the last axis, whatever form W is held in.
///
/// Dense weights stay in place in the mapped checkpoint. When the input has another floating type than the weight
/// (mixed-precision training), the weight is cast to the input's type inside the pass, so gradients reach the master
/// copy.
class Linear {
  public:
    Linear() = default;
    /// Reads `weight` [out, in] and, when `bias` is true, `bias` [out] at this place.
    Linear(const Weights& weights, int64_t in, int64_t out, bool bias);
    /// From tensors in hand: weight [out, in]; bias [out] or undefined.
    Linear(Tensor weight, Tensor bias);

    /// x [..., in] → [..., out]
    Tensor operator()(const Tensor& x) const;

    bool defined() const { return m_weight.defined(); }
    const Tensor& weight() const { return m_weight; }
    const Tensor& bias() const { return m_bias; }

  private:
    Tensor m_weight, m_bias;
};

}  // namespace fusionscope::nn
