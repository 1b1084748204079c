#pragma once

#include "core/nn/layers.h"
#include "core/nn/linear.h"

namespace fusionscope::language {

using at::Tensor;

/// Keys and values of one attention: [batch, heads, length, width of a head] each.
struct KeyValue {
    Tensor keys, values;
};

/// BART's multi-head attention: four linear layers with bias.
class BartAttention {
  public:
    BartAttention(const nn::Weights& weights, int64_t width, int64_t heads);

    /// Attention of x to itself. @param mask as nn::attention takes it
    Tensor self(const Tensor& x, const Tensor& mask, bool causal) const { return attend(x, project(x), mask, causal); }
    /// Keys and values of the tokens that will be looked at. @param source [batch, length, width]
    KeyValue project(const Tensor& source) const;
    /// Attention of x [batch, queries, width] to keys and values made before.
    Tensor attend(const Tensor& x, const KeyValue& seen, const Tensor& mask, bool causal) const;

  private:
    int64_t m_heads;
    nn::Linear m_query, m_key, m_value, m_output;
};

/// Linear, GELU (exact), linear.
class BartMlp {
  public:
    BartMlp(const nn::Weights& weights, int64_t width, int64_t inner);
    Tensor operator()(const Tensor& x) const;

  private:
    nn::Linear m_fc1, m_fc2;
};

}  // namespace fusionscope::language
