#include "core/language/bart_layers.h"

#include <ATen/ATen.h>

#include <cmath>

namespace fusionscope::language {

BartAttention::BartAttention(const nn::Weights& weights, int64_t width, int64_t heads)
    : m_heads(heads),
      m_query(weights / "q_proj", width, width, true),
      m_key(weights / "k_proj", width, width, true),
      m_value(weights / "v_proj", width, width, true),
      m_output(weights / "out_proj", width, width, true) {}

KeyValue BartAttention::project(const Tensor& source) const {
    return {nn::splitHeads(m_key(source), m_heads), nn::splitHeads(m_value(source), m_heads)};
}

Tensor BartAttention::attend(const Tensor& x, const KeyValue& seen, const Tensor& mask, bool causal) const {
    const Tensor query = nn::splitHeads(m_query(x), m_heads);
    const double scale = 1.0 / std::sqrt(static_cast<double>(query.size(3)));
    return m_output(nn::joinHeads(nn::attention(query, seen.keys, seen.values, mask, scale, causal)));
}

BartMlp::BartMlp(const nn::Weights& weights, int64_t width, int64_t inner)
    : m_fc1(weights / "fc1", width, inner, true), m_fc2(weights / "fc2", inner, width, true) {}

Tensor BartMlp::operator()(const Tensor& x) const {
    return m_fc2(at::gelu(m_fc1(x)));
}

}  // namespace fusionscope::language
