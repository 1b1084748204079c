#pragma once

#include <memory>
#include <vector>

#include "core/language/decoder.h"
#include "core/models/encode_options.h"
#include "core/models/raw_tensors.h"
#include "core/nn/pass.h"

namespace fusionscope::models {

using at::Tensor;

/// How a processor cut one picture into views. Where families differ in which view shows the whole picture, the family
/// knows.
struct PictureLayout {
    int64_t views = 1;                         ///< one for Florence families
    int64_t tileRows = 0, tileColumns = 0;     ///< grid of the views that are tiles; 0: not cut into tiles
    int64_t originalHeight = 0, originalWidth = 0;  ///< of the picture before the processor, in pixels
    bool frame = false;                        ///< of a video
};

/// One picture (or frame) as its processor hands it over.
struct PictureTensors {
    Tensor pixels;  ///< [views, 3, height, width] fp32
    PictureLayout layout;
};

/// A model that answers about pictures: a vision tower, a projector and a causal decoder.
///
/// How a picture gets into a prompt: the family's processor cuts it into views and tells their layout; visualTokens()
/// says how many rows encode() gives for that layout; the conversation template writes the picture's place from both
/// (text::PictureForm) as one placeholder or as image tokens with text between them; the engine puts the rows there in
/// order. A prompt can so be written, and its length told, before any tower runs.
class VisionLanguageModel {
  public:
    virtual ~VisionLanguageModel() = default;

    /// Options as the checkpoint states them (or the defaults).
    virtual EncodeOptions defaultOptions() const = 0;
    /// The rows that replace the picture's place in the prompt: [tokens, hidden], in the compute type.
    /// Records every activation of the tower and the fusion that the pass's recorder wants.
    virtual Tensor encode(const PictureTensors& picture, const EncodeOptions& options, const nn::Pass& pass) const = 0;
    virtual const language::Decoder& decoder() const = 0;
    /// Whether what the language model reads is joined of blocks (EncodeOptions::fusion).
    virtual bool fuses() const { return false; }
    /// Rows that encode() gives for one picture of this layout.
    virtual int64_t visualTokens(const PictureLayout& picture, const EncodeOptions& options) const = 0;
    /// A row that stands behind the last frame of a video: [1, hidden]; undefined for families without.
    virtual Tensor videoEnd() const { return {}; }
    /// Tokens of a prompt, visual ones included, that the checkpoint reads at most.
    virtual int64_t longestPrompt() const = 0;
    /// Numbers that are alive at once in the widest layer of encode(), for estimates of memory.
    virtual int64_t widestLayer() const = 0;
    /// One pass over raw tensors; records everything that encode() and the decoder record, llm/logits included.
    /// Without ids only the tower and the fusion run. @throws Error when the shapes do not fit the model
    virtual void run(const RawTensors& inputs, const EncodeOptions& options, const nn::Pass& pass) const = 0;
    /// Every activation that a pass over one picture of this layout can record, in the order of computation.
    virtual std::vector<ActivationInfo> activations(const PictureLayout& picture,
                                                    const EncodeOptions& options) const = 0;
};

}  // namespace fusionscope::models
