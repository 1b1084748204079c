#include "core/vision/siglip_text.h"

#include <ATen/ATen.h>

#include "core/files/json.h"

namespace fusionscope::vision {

SiglipTextConfig SiglipTextConfig::read(const files::Fields& text) {
    SiglipTextConfig config;
    config.layers = SiglipConfig::read(text, {});
    config.vocabulary = text.integerOr("vocab_size", config.vocabulary, {1, int64_t{1} << 24});
    config.longest = text.integerOr("max_position_embeddings", config.longest, {1, 1 << 16});
    config.outputs = text.integerOr("projection_size", config.layers.width, {1, 1 << 16});
    return config;
}

SiglipText::SiglipText(const nn::Weights& weights, const SiglipTextConfig& config)
    : m_config(config),
      m_tokens((weights / "embeddings" / "token_embedding").tensor("weight", {config.vocabulary, config.layers.width})),
      m_positions((weights / "embeddings" / "position_embedding").tensor("weight", {config.longest, config.layers.width})),
      m_norm(weights / "final_layer_norm", config.layers.width, config.layers.epsilon),
      m_head(weights / "head", config.layers.width, config.outputs, true) {
    weights.store().ignore((weights / "embeddings").prefix() + "position_ids");  // old files store the counting numbers
    for (int64_t i = 0; i < config.layers.layers; ++i)
        m_layers.emplace_back(weights / "encoder" / "layers" / i, config.layers);
}

Tensor SiglipText::operator()(const Tensor& ids, const nn::Pass& pass) const {
    Tensor x = nn::embedding(m_tokens, ids.to(m_tokens.device())) + m_positions.narrow(0, 0, ids.size(1));
    pass.record("text/embed", x);
    for (size_t i = 0; i < m_layers.size(); ++i) {
        pass.checkpoint();
        x = m_layers[i](x, {});  // [texts, length, width]
        if (pass.recorder) pass.record("text/layer" + std::to_string(i), x);
    }
    x = m_norm(x);
    pass.record("text/norm", x);
    x = m_head(x.select(1, -1));
    pass.record("text/pooled", x);
    return x;
}

}  // namespace fusionscope::vision
