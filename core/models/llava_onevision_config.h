#pragma once

#include <optional>
#include <string>

#include "core/files/tensor_table.h"
#include "core/language/decoder_config.h"
#include "core/tiling/any_resolution.h"
#include "core/vision/siglip.h"

namespace fusionscope::files {
class ModelFolder;
}

namespace fusionscope::models {

/// What a LLaVA-OneVision checkpoint says about itself.
struct LlavaOnevisionConfig {
    vision::SiglipConfig tower;
    int64_t towerLayers = 0;  ///< that run; the features are the last one's output
    language::DecoderConfig decoder;
    bool projectorBias = true;
    tiling::Canvases canvases;
    int64_t mostTiles = 9;               ///< whose patches a picture may keep; 0: no limit
    int64_t longestPrompt = 0;           ///< tokens
    std::optional<int64_t> image, video; ///< ids that stand for visual tokens in a prompt; none in the original layout

    /// @param table tensors under the names that canonicalizeLlavaOnevisionNames() gives
    /// @throws Error naming the field that is out of range, contradicts another or asks for what is not supported
    static LlavaOnevisionConfig read(const files::ModelFolder& folder, const files::TensorTable& table);

    /// Patches of one view.
    tiling::Grid view() const { return {tower.gridSide(), tower.gridSide()}; }
};

/// Brings the names of a checkpoint into the layout of the llava-hf repositories: `vision_tower.vision_model.*`,
/// `multi_modal_projector.linear_1`, `image_newline`, `language_model.model.*`, `language_model.lm_head`. Known are that
/// one, the layout of newer releases (`model.language_model.*`) and the original's (`model.mm_projector.*`).
void canonicalizeLlavaOnevisionNames(files::TensorTable& table);

}  // namespace fusionscope::models
