#pragma once

#include "core/nn/weights.h"

namespace fusionscope::nn {

/// Layer normalisation over the last axis with weight and bias.
class LayerNorm {
  public:
    LayerNorm() = default;
    LayerNorm(const Weights& weights, int64_t width, double epsilon);
    Tensor operator()(const Tensor& x) const;

  private:
    Tensor m_weight, m_bias;
    double m_epsilon = 1e-5;
};

/// Root-mean-square normalisation over the last axis: statistics in fp32, cast back, then times the weight.
class RmsNorm {
  public:
    RmsNorm() = default;
    RmsNorm(const Weights& weights, int64_t width, double epsilon);
    Tensor operator()(const Tensor& x) const;
    const Tensor& weight() const { return m_weight; }
    double epsilon() const { return m_epsilon; }

  private:
    Tensor m_weight;
    double m_epsilon = 1e-5;
};

/// 2-D convolution with bias; `groups` = channels makes it depth-wise.
class Conv2d {
  public:
    Conv2d() = default;
    Conv2d(const Weights& weights, int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding,
           int64_t groups = 1);
    /// x [batch, in, height, width] → [batch, out, height', width']
    Tensor operator()(const Tensor& x) const;

  private:
    Tensor m_weight, m_bias;
    int64_t m_stride = 1, m_padding = 0, m_groups = 1;
};

/// Rows of a table [rows, width]: ids [...] int64, all in range → [..., width].
Tensor embedding(const Tensor& table, const Tensor& ids);

/// Softmax attention by the library's fused kernel; by plain products where gradients are wanted on the CPU, where the
/// kernel's backward pass takes twice as long.
/// @param q [batch, heads, queries, width], k and v [batch, heads, keys, width] (k and v may have fewer heads: grouped)
/// @param mask added to the scores, or boolean (true = may look), [batch or 1, 1, queries, keys]; undefined for none
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask, double scale,
                 bool causal = false);

/// [batch, tokens, heads*width] → [batch, heads, tokens, width]
Tensor splitHeads(const Tensor& x, int64_t heads);
/// [batch, heads, tokens, width] → [batch, tokens, heads*width]
Tensor joinHeads(const Tensor& x);

}  // namespace fusionscope::nn
