#pragma once

#include "core/image/processor.h"
#include "core/tiling/any_resolution.h"

namespace fusionscope::image {

/// LLaVA-OneVision (Li et al. 2024, arXiv 2408.03326). A picture that is alone becomes the whole picture, stretched,
/// and the tiles of the canvas that suits it best; one of several becomes one view, in the middle of a square of the
/// mean colour; a video's frame is stretched.
class LlavaOnevisionProcessor : public Processor {
  public:
    /// @param config of square views
    LlavaOnevisionProcessor(ProcessorConfig config, tiling::Canvases canvases);

    ProcessedPicture process(const Picture& picture, const ProcessOptions& options) const override;
    ViewLayout layout(Size picture, const ProcessOptions& options) const override;
    Size viewSize() const override { return m_config.size; }

  private:
    void addTiles(ProcessedPicture& result, const ImageView& picture, PassOrder order) const;

    ProcessorConfig m_config;
    tiling::Canvases m_canvases;
    StretchProcessor m_whole;
    PadProcessor m_padded;
};

/// Whether a `model_type` is this family's: llava_onevision, or the original program's llava and llava_qwen.
bool isLlavaOnevision(const std::string& modelType);

/// @param preprocessor preprocessor_config.json; null for an original checkpoint without one, whose views are as SigLIP
///        takes them and as large as the smallest canvas of its config.json
/// @param model config.json
/// @throws Error when a number is missing or out of range
std::unique_ptr<Processor> makeLlavaOnevisionProcessor(const nlohmann::json& preprocessor, const nlohmann::json& model,
                                                       const std::string& where);

}  // namespace fusionscope::image
