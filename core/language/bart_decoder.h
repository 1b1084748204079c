#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/language/bart_config.h"
#include "core/language/bart_layers.h"
#include "core/language/beam_search.h"
#include "core/nn/pass.h"

namespace fusionscope::language {

/// BART's decoder with the output layer tied to the shared embedding.
class BartDecoder {
  public:
    using LayerWatcher = std::function<void(int64_t layer, const Tensor& hidden)>;

    /// @param weights the decoder's place
    /// @param embedding [vocabulary, width], shared with the encoder and the output layer
    /// @param logitsBias [1, vocabulary], or undefined for none
    BartDecoder(const nn::Weights& weights, const BartConfig& config, Tensor embedding, Tensor logitsBias);

    /// All positions at once (teacher forcing): hidden states [batch, length, width].
    /// @param ids [batch, length] int64, the start id first
    /// @param encoded [batch, source, width]; @param encodedMask boolean [batch, source] or undefined
    Tensor operator()(const Tensor& ids, const Tensor& encoded, const Tensor& encodedMask, const nn::Pass& pass,
                      const LayerWatcher& watch = {}) const;
    /// hidden [..., width] → [..., vocabulary]
    Tensor logits(const Tensor& hidden) const;

    /// A decoder with caches over one encoded source, for searchSequence(). Valid while this object lives.
    /// @param encoded [1, source, width]
    /// @param longestText tokens it will be fed at most. @throws Error when the position table is shorter
    std::unique_ptr<StepDecoder> start(const Tensor& encoded, const Tensor& encodedMask, int64_t longestText) const;
    /// Longest sequence the position table serves.
    int64_t longest() const { return m_positions.size(0) - BartConfig::positionOffset; }

  private:
    friend class BartStepDecoder;
    struct Layer {
        BartAttention attention;
        nn::LayerNorm attentionNorm;
        BartAttention crossAttention;
        nn::LayerNorm crossAttentionNorm;
        BartMlp mlp;
        nn::LayerNorm outputNorm;
    };
    /// Token and position embeddings, normalised. @param first the first token's position
    Tensor embed(const Tensor& ids, int64_t first) const;

    double m_embeddingScale;
    Tensor m_embedding, m_logitsBias, m_positions;
    nn::LayerNorm m_embeddingNorm;
    std::vector<Layer> m_layers;
};

}  // namespace fusionscope::language
