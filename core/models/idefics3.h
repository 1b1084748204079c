#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/language/decoder.h"
#include "core/models/idefics3_config.h"
#include "core/models/vision_language_model.h"
#include "core/nn/linear.h"
#include "core/vision/siglip.h"

namespace fusionscope::models {

/// Idefics3, SmolVLM and SmolVLM2 (Laurençon et al. 2024, arXiv 2408.12637; Marafioti et al. 2025, arXiv 2504.05299): a
/// SigLIP tower over the tiles of a picture and over the whole of it, pixel shuffle, one linear layer, a Llama.
class Idefics3 : public VisionLanguageModel {
  public:
    static std::unique_ptr<Idefics3> load(const files::ModelFolder& folder, const nn::WeightOptions& options);
    /// @param weights the root of the checkpoint's names (see canonicalizeIdefics3Names)
    Idefics3(const nn::Weights& weights, Idefics3Config config);

    EncodeOptions defaultOptions() const override { return EncodeOptions::withoutBlocks(); }
    Tensor encode(const PictureTensors& picture, const EncodeOptions& options, const nn::Pass& pass) const override;
    const language::Decoder& decoder() const override { return m_decoder; }
    int64_t visualTokens(const PictureLayout& picture, const EncodeOptions& options) const override;
    int64_t longestPrompt() const override { return m_config.decoder.longest; }
    int64_t widestLayer() const override;
    void run(const RawTensors& inputs, const EncodeOptions& options, const nn::Pass& pass) const override;
    std::vector<ActivationInfo> activations(const PictureLayout& picture, const EncodeOptions& options) const override;

    /// What the language model reads of each view: [views, tokens, hidden]. @param pixels [views, 3, side, side]
    /// Records the tower's activations and "fusion/projected". @throws Error when the views have another shape
    Tensor features(const Tensor& pixels, const nn::Pass& pass) const;
    const Idefics3Config& config() const { return m_config; }

  private:
    Idefics3Config m_config;
    vision::Siglip m_tower;
    nn::Linear m_projection;
    language::Decoder m_decoder;
    vision::PatchPlaces m_places;  // of a view without padding
};

/// Space to depth: each square of scale × scale patches becomes one token, its patches' features row by row behind one
/// another. x [views, side*side, width] → [views, (side/scale)², scale²*width]
Tensor pixelShuffle(const Tensor& x, int64_t scale);

}  // namespace fusionscope::models
