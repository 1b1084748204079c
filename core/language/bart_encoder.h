#pragma once

#include <functional>
#include <vector>

#include "core/language/bart_config.h"
#include "core/language/bart_layers.h"
#include "core/nn/pass.h"

namespace fusionscope::language {

/// BART's encoder on embeddings in hand, so that picture tokens can stand before words.
class BartEncoder {
  public:
    /// Told about the hidden states after the embedding (0) and after each layer (1…): [batch, length, width].
    using LayerWatcher = std::function<void(int64_t layer, const Tensor& hidden)>;

    /// @param weights the encoder's place (`embed_positions`, `layers`, …)
    BartEncoder(const nn::Weights& weights, const BartConfig& config);

    /// @param embeddings [batch, length, width]
    /// @param mask boolean [batch, length], true where a token may be looked at; undefined: all may
    /// @throws Error when longer than the position table
    Tensor operator()(const Tensor& embeddings, const Tensor& mask, const nn::Pass& pass,
                      const LayerWatcher& watch = {}) const;

    int64_t layerCount() const { return static_cast<int64_t>(m_layers.size()); }
    /// Longest sequence the position table serves.
    int64_t longest() const { return m_positions.size(0) - BartConfig::positionOffset; }

  private:
    struct Layer {
        BartAttention attention;
        nn::LayerNorm attentionNorm;
        BartMlp mlp;
        nn::LayerNorm outputNorm;
    };
    Tensor m_positions;
    nn::LayerNorm m_embeddingNorm;
    std::vector<Layer> m_layers;
};

}  // namespace fusionscope::language
