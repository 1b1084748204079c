#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/fusion/fusion_options.h"
#include "core/language/decoder.h"
#include "core/nn/pass.h"

namespace fusionscope::models {

using at::Tensor;

/// One picture (or frame) as its processor hands it over.
struct PictureTensors {
    Tensor pixels;               ///< [views, 3, height, width] fp32; one view for Florence families
    int64_t originalHeight = 0;  ///< size of the picture before the processor, in pixels
    int64_t originalWidth = 0;
};

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
    std::string name;              ///< e.g. "tower/davit/stage3"
    std::string row;               ///< "image", a prompt's name, "fused", "language"
    std::string column;            ///< depth: "stage3", "V", "layer11", "projected"
    std::vector<int64_t> shape;    ///< [rows, columns, channels] of the patch grid for maps, the tensor's shape otherwise
    bool reachesLanguageModel = false;
    bool isMap = false;            ///< has a patch grid
};

/// A model that answers about pictures: a vision tower, a projector and a causal decoder.
class VisionLanguageModel {
  public:
    virtual ~VisionLanguageModel() = default;

    /// Options as the checkpoint states them (or the defaults).
    virtual EncodeOptions defaultOptions() const = 0;
    /// The rows that replace the picture's place in the prompt: [tokens, hidden], in the compute type.
    /// Records every activation of the tower and the fusion that the pass's recorder wants.
    virtual Tensor encode(const PictureTensors& picture, const EncodeOptions& options, const nn::Pass& pass) const = 0;
    virtual const language::Decoder& decoder() const = 0;
    /// Every activation that a pass over one picture can record, in the order of computation.
    virtual std::vector<ActivationInfo> activations(const EncodeOptions& options) const = 0;
};

}  // namespace fusionscope::models
