#pragma once

#include <string>
#include <vector>

#include "core/nn/linear.h"

namespace fusionscope::fusion {

using at::Tensor;

/// The step from fused features to the language model's width: `linear`, or `mlpNx_gelu` with N linear layers and an
/// exact GELU between them.
class Projector {
  public:
    /// Reads `encoder_mlp.0`, `encoder_mlp.1.1`, `encoder_mlp.2.1`… (mlp) or `weight` (linear) at this place.
    /// The input width is that of the first weight. @throws Error for an unknown type
    Projector(const nn::Weights& weights, const std::string& type, int64_t outputWidth);

    /// fused [..., inputWidth] → [..., outputWidth]. @throws Error when the width differs
    Tensor operator()(const Tensor& fused) const;
    /// The output of each linear layer in turn; the last one is the result.
    std::vector<Tensor> layers(const Tensor& fused) const;
    int64_t layerCount() const { return static_cast<int64_t>(m_layers.size()); }
    int64_t inputWidth() const { return m_inputWidth; }

  private:
    int64_t m_inputWidth = 0;
    std::vector<nn::Linear> m_layers;
};

}  // namespace fusionscope::fusion
