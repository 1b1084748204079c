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
    bool tiles = true;  ///< pictures are cut into tiles by families that do so; false: fewer tokens, less detail
    bool white = true;  ///< transparency is blended on white by families that do so; false: it is dropped

    /// The defaults of families that join nothing.
    static EncodeOptions withoutBlocks() {
        EncodeOptions options;
        options.fusion.order.clear();
        return options;
    }
};

/// Where a named activation lives: what the atlas lays out.
///
/// Families that cut a picture into views record all of them in one tensor; the atlas shows the view of the whole
/// picture and the tiles, joined in their places, as two maps: "tower/siglip/layer3" and "tower/siglip/layer3@tiles".
struct ActivationInfo {
    std::string name;            ///< e.g. "tower/davit/stage3"; what is recorded is named by the part before "@"
    std::string row;             ///< "image", a prompt's name, "fused", "language"
    std::string column;          ///< depth: "stage3", "V", "layer11", "projected"
    std::vector<int64_t> shape;  ///< [rows, columns, channels] of the patch grid for maps, the tensor's shape otherwise
    bool reachesLanguageModel = false;
    bool isMap = false;  ///< has a patch grid
    /// Where the grid's patches begin among the recorded tokens (1 behind a pooled token); in the language model,
    /// among the picture's tokens. What follows the grid (a task prompt's words) has no place in the picture.
    int64_t firstPatch = 0;
    int64_t lineEnd = 0;  ///< tokens behind each row of the grid that have no place in the picture (a newline's)
    /// The views that the map is joined of, `viewRows` × `viewColumns` from `firstView` on. In the language model their
    /// tokens follow one another from `firstPatch` on and `firstView` is 0.
    int64_t firstView = 0, viewRows = 1, viewColumns = 1;
    int64_t cutTop = 0, cutLeft = 0;  ///< rows and columns of the joined grid before the picture: padding

    std::string recorded() const { return name.substr(0, name.find('@')); }
};

}  // namespace fusionscope::models
