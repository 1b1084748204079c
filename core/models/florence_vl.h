#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "core/fusion/depth_breadth.h"
#include "core/fusion/projector.h"
#include "core/language/decoder.h"
#include "core/models/florence_tower.h"
#include "core/models/vision_language_model.h"

namespace fusionscope::files {
class ModelFolder;
}

namespace fusionscope::models {

/// What a Florence-VL adds to its tower and its language model.
struct FlorenceVlConfig {
    FlorenceConfig tower;
    language::DecoderConfig decoder;
    std::string projectorType = "mlp3x_gelu";
    int64_t imageSide = 768;       ///< of the processed picture, in pixels
    int64_t longestPrompt = 2048;  ///< tokenizer_model_max_length: what is longer after the splice is cut
    std::array<std::vector<int64_t>, 3> prompts;  ///< caption, OCR, grounding in the tower's vocabulary, padded
    EncodeOptions options;                        ///< as the checkpoint states them, or the defaults
    bool holdsTowerDecoder = false;               ///< beside the tower lies the decoder that wrote Florence-2's answers

    /// @param folder a LlavaPhi or LlavaLlama checkpoint; the tower's config is searched in its vision_tower folder, in
    /// the folder that mm_vision_tower names, beside it, and else inferred from the weights (canonical names)
    static FlorenceVlConfig read(const files::ModelFolder& folder, const files::TensorTable& table);
};

/// Florence-VL (Chen et al. 2024, arXiv 2412.04424): a Florence-2 tower under three task prompts, depth-breadth fusion,
/// a projector, and a Phi-3 or Llama language model.
class FlorenceVl : public VisionLanguageModel {
  public:
    /// What stands before the tower's names in a checkpoint.
    static constexpr const char* towerPrefix = "model.vision_tower.vision_tower.";
    /// The id that stands for a picture in a prompt.
    static constexpr int64_t picturePlaceholder = -200;

    static std::unique_ptr<FlorenceVl> load(const files::ModelFolder& folder, const nn::WeightOptions& options);
    /// @param weights the root of the checkpoint's names (canonical; see canonicalizeFlorenceNames)
    FlorenceVl(const nn::Weights& weights, FlorenceVlConfig config);

    EncodeOptions defaultOptions() const override { return m_config.options; }
    Tensor encode(const PictureTensors& picture, const EncodeOptions& options, const nn::Pass& pass) const override;
    /// Several pictures of one size in one batch: [pictures, tokens, hidden].
    Tensor encodeBatch(const std::vector<PictureTensors>& pictures, const EncodeOptions& options,
                       const nn::Pass& pass) const;
    bool fuses() const override { return true; }
    const language::Decoder& decoder() const override { return m_decoder; }
    std::vector<ActivationInfo> activations(const PictureLayout& picture, const EncodeOptions& options) const override;
    int64_t visualTokens(const PictureLayout& picture, const EncodeOptions& options) const override;
    int64_t longestPrompt() const override { return m_config.longestPrompt; }
    int64_t widestLayer() const override {
        return m_tower.widestLayer(m_config.imageSide, static_cast<int64_t>(m_config.prompts.size()));
    }
    void run(const RawTensors& inputs, const EncodeOptions& options, const nn::Pass& pass) const override;

    /// The four blocks after the pooled-token rule, differentiable. @param pixels [pictures, 3, side, side]
    fusion::FeatureBlocks features(const Tensor& pixels, const EncodeOptions& options, const nn::Pass& pass) const;
    /// The same of pictures of one size.
    fusion::FeatureBlocks features(const std::vector<PictureTensors>& pictures, const EncodeOptions& options,
                                   const nn::Pass& pass) const;
    /// Blocks to visual tokens: fusion and projector, recorded. [pictures, tokens, hidden]
    Tensor project(const fusion::FeatureBlocks& blocks, const EncodeOptions& options, const nn::Pass& pass) const;

    /// A prompt with pictures as the language model reads it: [1, length, hidden].
    /// @param ids with picturePlaceholder where a picture goes; @param pictures what encode() gave, in order
    /// @throws Error when the numbers differ or an id is outside the vocabulary
    /// The result is cut at config().longestPrompt tokens.
    Tensor splice(const std::vector<int64_t>& ids, const std::vector<Tensor>& pictures) const;

    const FlorenceVlConfig& config() const { return m_config; }
    const FlorenceTower& tower() const { return m_tower; }
    const fusion::Projector& projector() const { return m_projector; }

  private:
    void runExtraPrompts(const Tensor& image, const EncodeOptions& options, const nn::Pass& pass) const;

    FlorenceVlConfig m_config;
    FlorenceTower m_tower;
    fusion::Projector m_projector;
    language::Decoder m_decoder;
};

}  // namespace fusionscope::models
