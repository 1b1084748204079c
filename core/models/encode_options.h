#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/fusion/fusion_options.h"

namespace fusionscope::models {

/// A task prompt of the person's own, run beside the family's prompts and only shown, never fused.
struct ExtraPrompt {
    std::string name;          ///< used in activation names, "tower/encoder/<name>/…"
    std::vector<int64_t> ids;  ///< in the vision tower's vocabulary
};

/// What may vary from one encoding to the next. Families without a part ignore its options.
struct EncodeOptions {
    fusion::FusionOptions fusion;
    std::vector<ExtraPrompt> extraPrompts;
};

/// Where a named activation lives: what the atlas lays out.
struct ActivationInfo {
    std::string name;            ///< e.g. "tower/davit/stage3"
    std::string row;             ///< "image", a prompt's name, "fused", "language"
    std::string column;          ///< depth: "stage3", "V", "layer11", "projected"
    std::vector<int64_t> shape;  ///< [rows, columns, channels] of the patch grid for maps, the tensor's shape otherwise
    bool reachesLanguageModel = false;
    bool isMap = false;  ///< has a patch grid
    /// Where the grid's patches begin among the recorded tokens (1 behind a pooled token); in the language model,
    /// among the picture's tokens. What follows the grid (a task prompt's words) has no place in the picture.
    int64_t firstPatch = 0;
};

}  // namespace fusionscope::models
