#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/models/vision_language_model.h"
#include "core/vision/siglip.h"
#include "core/vision/siglip_text.h"

namespace fusionscope::files {
class ModelFolder;
}

namespace fusionscope::models {

/// What a SigLIP with both towers says about itself.
struct SiglipPairConfig {
    vision::SiglipConfig tower;
    vision::SiglipTextConfig text;

    /// @throws Error naming the field that is out of range or contradicts another
    static SiglipPairConfig read(const files::ModelFolder& folder);
};

/// SigLIP as itself (Zhai et al. 2023, arXiv 2303.15343): tells how well texts fit pictures. It answers nothing.
class SiglipPair {
  public:
    static std::unique_ptr<SiglipPair> load(const files::ModelFolder& folder, const nn::WeightOptions& options);
    /// @param weights the root: `vision_model`, `text_model`, `logit_scale`, `logit_bias`
    SiglipPair(const nn::Weights& weights, SiglipPairConfig config);

    /// Patches after the last norm: [views, patches, width]. Records the tower's activations and what pooled() and
    /// patchMeanings() make of them: "tower/siglip/pooled", "tower/siglip/meaning".
    /// @param pixels [views, 3, side, side]. @throws Error for another shape
    Tensor encode(const Tensor& pixels, const nn::Pass& pass) const;
    /// What stands for a whole picture: [views, width].
    Tensor pooled(const Tensor& patches) const { return m_head(patches); }
    /// What would stand for a picture of each patch alone, the head looking at nothing else: [views, patches, width].
    Tensor patchMeanings(const Tensor& patches) const;
    /// What stands for texts: [texts, width]. @param ids [texts, length] int64
    /// @throws Error when they are longer than a text may be or outside the vocabulary
    Tensor text(const Tensor& ids, const nn::Pass& pass) const;
    /// scale · cosine + bias of each picture and each text, whose sigmoid is the probability that they belong together:
    /// [pictures, texts].
    Tensor logits(const Tensor& pictures, const Tensor& texts) const;

    /// Pictures, texts or both; with both "logits" too.
    void run(const RawTensors& inputs, const nn::Pass& pass) const;
    std::vector<ActivationInfo> activations() const;
    int64_t widestLayer() const;
    const SiglipPairConfig& config() const { return m_config; }

  private:
    SiglipPairConfig m_config;
    vision::Siglip m_tower;
    vision::SiglipHead m_head;
    vision::SiglipText m_text;
    Tensor m_scale, m_bias;  // [1]; the scale as its logarithm
};

}  // namespace fusionscope::models
