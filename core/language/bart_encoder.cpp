#include "core/language/bart_encoder.h"

#include <ATen/ATen.h>

#include "core/files/error.h"

namespace fusionscope::language {

namespace {

/// Half precision overflows in some checkpoints; the reference holds the values inside its range.
Tensor withinRange(const Tensor& x) {
    constexpr double largest = 65504.0 - 1000.0;
    return x.scalar_type() == c10::kHalf ? x.clamp(-largest, largest) : x;
}

}  // namespace

BartEncoder::BartEncoder(const nn::Weights& weights, const BartConfig& config)
    : m_positions((weights / "embed_positions").tensor("weight", {config.encoderPositions, config.width})),
      m_embeddingNorm(weights / "layernorm_embedding", config.width, config.epsilon) {
    for (int64_t i = 0; i < config.encoderLayers; ++i) {
        const auto layer = weights / "layers" / i;
        m_layers.push_back({BartAttention(layer / "self_attn", config.width, config.encoderHeads),
                            nn::LayerNorm(layer / "self_attn_layer_norm", config.width, config.epsilon),
                            BartMlp(layer, config.width, config.encoderInner),
                            nn::LayerNorm(layer / "final_layer_norm", config.width, config.epsilon)});
    }
}

Tensor BartEncoder::operator()(const Tensor& embeddings, const Tensor& mask, const nn::Pass& pass,
                               const LayerWatcher& watch) const {
    const int64_t length = embeddings.size(1);
    if (length > longest())
        throw Error(concat("the picture and the task prompt are ", length, " tokens, the encoder reads ", longest(),
                           " at most"),
                    "vision tower", "Shorten the task prompt or use a smaller picture side.");
    const Tensor visible = mask.defined() ? mask.unsqueeze(1).unsqueeze(1) : Tensor();  // [batch, 1, 1, length]
    const Tensor positions = m_positions.narrow(0, BartConfig::positionOffset, length).to(embeddings.scalar_type());

    Tensor h = m_embeddingNorm(embeddings + positions);
    if (watch) watch(0, h);
    for (size_t i = 0; i < m_layers.size(); ++i) {
        pass.checkpoint();
        const auto& layer = m_layers[i];
        h = layer.attentionNorm(h + layer.attention.self(h, visible, false));
        h = withinRange(layer.outputNorm(h + layer.mlp(h)));
        if (watch) watch(static_cast<int64_t>(i) + 1, h);
        pass.report(static_cast<double>(i + 1) / static_cast<double>(m_layers.size()));
    }
    return h;
}

}  // namespace fusionscope::language
