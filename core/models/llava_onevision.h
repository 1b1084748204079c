#pragma once

#include <memory>
#include <vector>

#include "core/models/llava_onevision_config.h"
#include "core/models/vision_language_model.h"
#include "core/nn/linear.h"

namespace fusionscope::models {

/// LLaVA-OneVision (Li et al. 2024, arXiv 2408.03326): a SigLIP tower, a projector, and the patches of all views of a
/// picture in a row before a Qwen2.
///
/// A picture that is alone gives the patches of the whole picture, then those of its tiles, padding left out, each row
/// ended by a newline vector. One of several pictures gives the patches of one view and a newline; a video's frame gives
/// its patches shrunk to half in each direction, and one newline ends the video.
class LlavaOnevision : public VisionLanguageModel {
  public:
    static std::unique_ptr<LlavaOnevision> load(const files::ModelFolder& folder, const nn::WeightOptions& options);
    /// @param weights the root of the checkpoint's names (see canonicalizeLlavaOnevisionNames)
    LlavaOnevision(const nn::Weights& weights, LlavaOnevisionConfig config);

    EncodeOptions defaultOptions() const override { return EncodeOptions::withoutBlocks(); }
    Tensor encode(const PictureTensors& picture, const EncodeOptions& options, const nn::Pass& pass) const override;
    const language::Decoder& decoder() const override { return m_decoder; }
    int64_t longestPrompt() const override { return m_config.longestPrompt; }
    int64_t widestLayer() const override;
    void run(const RawTensors& inputs, const EncodeOptions& options, const nn::Pass& pass) const override;
    int64_t visualTokens(const PictureLayout& picture, const EncodeOptions& options) const override;
    Tensor videoEnd() const override { return m_newline.unsqueeze(0); }
    std::vector<ActivationInfo> activations(const PictureLayout& picture, const EncodeOptions& options) const override;

    /// The patches of views as the language model reads them: [views, patches, hidden]; recorded.
    /// @param pixels [views, 3, side, side]
    Tensor features(const Tensor& pixels, const nn::Pass& pass) const;
    /// Features of one picture's views, or of a video's frames, in a row: [tokens, hidden]. @param views as features() gives
    Tensor pack(const Tensor& views, const PictureLayout& picture) const;

    const LlavaOnevisionConfig& config() const { return m_config; }

  private:
    /// A video frame's patches after shrinking: half in each direction, rounded up.
    tiling::Grid frameGrid() const;
    /// The tiles' patches that are read, and what stays of them.
    tiling::Part shown(const PictureLayout& picture) const;
    tiling::Grid kept(const PictureLayout& picture) const;
    Tensor packTiles(const Tensor& tiles, const PictureLayout& picture) const;
    /// The layout of a picture in raw tensors.
    PictureLayout layoutOf(int64_t height, int64_t width, bool tiled) const;
    std::vector<Tensor> runPictures(const RawTensors& inputs, const nn::Pass& pass) const;
    std::vector<Tensor> runVideos(const RawTensors& inputs, const nn::Pass& pass) const;
    /// A conversation with its pictures and videos in their places: [1, length, hidden]
    Tensor embed(const Tensor& ids, const std::vector<Tensor>& pictures, const std::vector<Tensor>& videos) const;

    LlavaOnevisionConfig m_config;
    vision::Siglip m_tower;
    nn::Linear m_projector1, m_projector2;
    Tensor m_newline;  // [hidden]
    language::Decoder m_decoder;
};

}  // namespace fusionscope::models
