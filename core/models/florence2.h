#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/language/bart_decoder.h"
#include "core/language/beam_search.h"
#include "core/models/florence_tower.h"
#include "core/models/vision_language_model.h"

namespace fusionscope::files {
class ModelFolder;
}

namespace fusionscope::models {

class FlorenceVl;

/// Florence-2 as itself: a picture and a task prompt in, ids out (see florence_tasks.h and florence_post_processing.h
/// for prompts and answers).
class Florence2 {
  public:
    /// Reads a checkpoint with original or transformers-native names, or the Florence-2 inside a Florence-VL.
    /// @throws Error
    static std::unique_ptr<Florence2> load(const files::ModelFolder& folder, const nn::WeightOptions& options);
    /// The Florence-2 inside a loaded Florence-VL: shares its tower and reads the decoder beside it.
    /// @param folder the one that the model was loaded from. @throws Error when it holds no decoder
    static std::unique_ptr<Florence2> inside(const FlorenceVl& model, const files::ModelFolder& folder,
                                             const nn::WeightOptions& options);
    /// @param weights the place of `vision_tower`, `image_projection`, `language_model` (canonical names)
    Florence2(const nn::Weights& weights, const FlorenceConfig& config);
    /// @param weights the same place; only the decoder is read
    Florence2(FlorenceTower tower, const nn::Weights& weights);

    /// The encoder's states for one picture and one prompt: [1, 1 + patches + prompt, width].
    /// Records "tower/davit/stage<i>", "tower/image", "tower/encoder/<name>/embed", ".../layer<i>" and ".../image" (the
    /// patches' rows of the last layer).
    /// @param promptIds with start and end ids, in this model's vocabulary
    Tensor encode(const PictureTensors& picture, const std::vector<int64_t>& promptIds, const nn::Pass& pass,
                  const std::string& promptName = "prompt") const;
    /// Searches for the output. Records "tower/decoder/logits" of it when wanted.
    /// @param encoded what encode() gave
    /// @param options asking for more new tokens than the decoder can place gives as many as it can
    language::GeneratedSequence generate(const Tensor& encoded, const language::SequenceOptions& options,
                                         const nn::Pass& pass, const language::TokenCallback& onToken = {}) const;

    /// The scores after every token of a text in hand: [batch, length, vocabulary].
    /// Records "tower/decoder/embed", "tower/decoder/layer<i>" and "tower/decoder/logits".
    /// @param ids [batch, length] int64, the start id first; @param encodedMask boolean [batch, source] or undefined
    Tensor logits(const Tensor& ids, const Tensor& encoded, const Tensor& encodedMask, const nn::Pass& pass) const;

    /// One pass over raw tensors: all pictures through the tower; the first with the ids' rows through the encoder
    /// ("tower/encoder/prompt/…"); the decoder when there are decoder ids. Records as the other calls do.
    void run(const RawTensors& inputs, const nn::Pass& pass) const;

    /// The checkpoint's own search settings; only maxNewTokens is the caller's.
    const language::SequenceOptions& defaults() const { return m_tower.config().text.generation; }
    /// Numbers that are alive at once in the widest layer of encode(), for estimates of memory.
    int64_t widestLayer() const { return m_tower.widestLayer(m_imageSide, 1); }
    /// Every activation that encode() can record, for a square picture of the processor's size.
    std::vector<ActivationInfo> activations(const std::string& promptName = "prompt") const;
    const FlorenceTower& tower() const { return m_tower; }
    const language::BartDecoder& decoder() const { return m_decoder; }
    /// Side in pixels that the processor makes; 768 unless preprocessor_config.json says otherwise.
    int64_t imageSide() const { return m_imageSide; }

  private:
    FlorenceTower m_tower;
    language::BartDecoder m_decoder;
    int64_t m_imageSide = 768;
};

}  // namespace fusionscope::models
