#pragma once

#include <cstdint>

#include "core/files/tensor_table.h"
#include "core/language/decoder_config.h"
#include "core/vision/siglip_config.h"

namespace fusionscope::files {
class ModelFolder;
}

namespace fusionscope::models {

/// What an Idefics3, SmolVLM or SmolVLM2 is made of.
struct Idefics3Config {
    vision::SiglipConfig tower;
    language::DecoderConfig decoder;
    int64_t scale = 2;  ///< side of the squares of patches that become one token
    int64_t imageId = 128257;

    /// Side of the grid of tokens that a view becomes.
    int64_t gridSide() const { return tower.gridSide() / scale; }
    int64_t tokensPerView() const { return gridSide() * gridSide(); }

    /// @param table canonical names. @throws Error when numbers do not fit one another
    static Idefics3Config read(const files::ModelFolder& folder, const files::TensorTable& table);
};

/// Gives the language model the names that a language model alone has: "model.text_model.layers.0…" becomes
/// "model.layers.0…". @throws Error when a name is taken
void canonicalizeIdefics3Names(files::TensorTable& table);

}  // namespace fusionscope::models
