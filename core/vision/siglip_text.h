#pragma once

#include <cstdint>
#include <vector>

#include "core/vision/siglip.h"

namespace fusionscope::vision {

/// What a SigLIP text tower looks like. The numbers here are the library's defaults, which files leave out.
struct SiglipTextConfig {
    SiglipConfig layers;  ///< width, inner, layers, heads and epsilon; the rest says nothing of texts
    int64_t vocabulary = 32000;
    int64_t longest = 64;    ///< ids of every text: shorter ones are padded, and the padding is read
    int64_t outputs = 768;   ///< width of what texts and pictures are compared in

    /// From a `text_config`. @throws Error when a number is out of range or does not fit another
    static SiglipTextConfig read(const files::Fields& text);
};

/// SigLIP's text tower: a transformer in which every token sees every other; the last place's state, through one linear
/// layer, stands for the text.
class SiglipText {
  public:
    /// @param weights the place of `embeddings`, `encoder`, `final_layer_norm` and `head` ("text_model.")
    SiglipText(const nn::Weights& weights, const SiglipTextConfig& config);

    /// @param ids [texts, length] int64, in range, at most `longest` long
    /// @return [texts, outputs]; records "text/embed", "text/layer<i>", "text/norm" and "text/pooled"
    Tensor operator()(const Tensor& ids, const nn::Pass& pass) const;

    const SiglipTextConfig& config() const { return m_config; }

  private:
    SiglipTextConfig m_config;
    Tensor m_tokens, m_positions;  // [vocabulary, width], [longest, width]
    std::vector<SiglipLayer> m_layers;
    nn::LayerNorm m_norm;
    nn::Linear m_head;
};

}  // namespace fusionscope::vision
