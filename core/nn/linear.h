#pragma once

#include <memory>
#include <optional>

#include "core/nn/kernels/few_rows.h"
#include "core/nn/quantized.h"
#include "core/nn/weights.h"

namespace fusionscope::nn {

/// y = x Wᵀ + b over the last axis, whatever form W is held in.
///
/// Dense weights stay in place in the mapped checkpoint, in bf16 where WeightOptions::keepBf16 says so. When the input
/// has another floating type than the weight (mixed-precision training), the weight is cast to the input's type inside
/// the pass, so gradients reach the master copy. Quantised weights are for inference alone.
class Linear {
  public:
    Linear() = default;
    /// Reads `weight` [out, in] and, when `bias` is true, `bias` [out] at this place. A weight that the checkpoint
    /// holds quantised stays so, in blocks of a GGUF file when WeightOptions::keepBlocks says so; another is quantised
    /// here when `format` asks for it.
    Linear(const Weights& weights, int64_t in, int64_t out, bool bias, LinearFormat format = LinearFormat::Dense);
    /// From tensors in hand: weight [out, in]; bias [out] or undefined.
    Linear(Tensor weight, Tensor bias);
    explicit Linear(QuantizedParts weight, Tensor bias = {});

    /// x [..., in] → [..., out]
    Tensor operator()(const Tensor& x) const;

    /// The weight (not the bias) for products by kernels of our own: quantised or dense in fp32 or bf16,
    /// on the processor. Nothing where LibTorch is the way; not for passes that are differentiated. Valid as long as
    /// this layer.
    std::optional<kernels::MatrixView> kernelView() const;

    bool defined() const { return m_weight.defined() || m_quantized; }
    /// Undefined when quantised.
    const Tensor& weight() const { return m_weight; }
    const Tensor& bias() const { return m_bias; }
    /// Null when dense.
    const QuantizedMatrix* quantized() const { return m_quantized.get(); }
    /// Of the matrix as it is held; 0 where there is none.
    int64_t bytes() const;

  private:
    Tensor m_weight, m_bias;
    std::shared_ptr<const QuantizedMatrix> m_quantized;
};

}  // namespace fusionscope::nn
