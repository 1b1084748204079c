#pragma once

#include <string>
#include <vector>

#include "core/language/bart_encoder.h"
#include "core/models/florence_config.h"
#include "core/nn/pass.h"
#include "core/nn/weights.h"
#include "core/vision/davit.h"
#include "core/vision/florence_projection.h"

namespace fusionscope::models {

using at::Tensor;

/// Florence-2 up to its encoder: picture to V, and V with prompts to the encoder's states. Differentiable.
class FlorenceTower {
  public:
    /// @param weights the place of `vision_tower`, `image_projection`, `language_model` (canonical names)
    FlorenceTower(const nn::Weights& weights, const FlorenceConfig& config);

    /// V with the pooled token as row 0: [batch, 1 + patches, width]. @param pixels [batch, 3, height, width]
    /// Records "tower/davit/stage<i>".
    Tensor imageFeatures(const Tensor& pixels, const nn::Pass& pass) const;

    /// The encoder's input: picture tokens, then the prompts' embeddings. Picture b is paired with every prompt.
    /// @param image [pictures, n, width]; @param ids [prompts, length] int64
    /// @return [pictures*prompts, n + length, width], pictures outermost
    Tensor embed(const Tensor& image, const Tensor& ids) const;
    /// Runs embed() and the encoder. @param idsMask boolean [prompts, length], true where a prompt token may be looked
    /// at, or undefined for all
    Tensor encode(const Tensor& image, const Tensor& ids, const Tensor& idsMask, const nn::Pass& pass,
                  const language::BartEncoder::LayerWatcher& watch = {}) const;

    /// Numbers that are alive at once in the widest layer, for one square picture of so many pixels and so many prompts:
    /// the layer's input, its norm, and both sides of the activation function.
    int64_t widestLayer(int64_t imageSide, int64_t prompts) const;

    const FlorenceConfig& config() const { return m_config; }
    const vision::Davit& davit() const { return m_davit; }
    const vision::FlorenceProjection& projection() const { return m_projection; }
    const language::BartEncoder& encoder() const { return m_encoder; }
    /// The shared table [vocabulary, width].
    const Tensor& embedding() const { return m_embedding; }

  private:
    FlorenceConfig m_config;
    vision::Davit m_davit;
    vision::FlorenceProjection m_projection;
    Tensor m_embedding;
    language::BartEncoder m_encoder;
};

/// @throws Error when there are no ids or one is outside the vocabulary. @param where what the ids are, for messages
void checkIds(const std::vector<int64_t>& ids, int64_t vocabulary, const std::string& where);

/// Rows of ids of different length as one tensor, filled up with `pad` on the right: [rows, longest] int64.
Tensor padRows(const std::vector<std::vector<int64_t>>& rows, int64_t pad, c10::Device device);

}  // namespace fusionscope::models
