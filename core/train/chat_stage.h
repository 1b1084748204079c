#pragma once

#include <deque>
#include <memory>

#include "core/models/florence_vl.h"
#include "core/train/feed.h"
#include "core/train/album.h"
#include "core/train/recipe.h"
#include "core/train/stage.h"

namespace fusionscope::train {

/// Stages 1 and 2: the language model's answers about pictures, either with the whole model trainable or with the tower
/// frozen. A frozen tower sees each picture once: its fused features are kept for some steps and asked about anew.
class ChatStage : public Stage {
  public:
    /// @param all every weight of the Florence-VL, changed in place where the recipe trains them
    /// @param folder where the weights are from; its fusionscope.json may say how features are joined
    /// @param exam pictures that are never shown in training
    /// @param album, exam, tokenizer must outlive the stage
    ChatStage(const Recipe& recipe, const Tensors& all, const models::FlorenceVlConfig& config, const files::ModelFolder& folder,
              const text::ChatTemplate& chat, const Album& album, const Album& exam, const text::Tokenizer& tokenizer, c10::ScalarType compute);

    const Tensors& weights() const override { return m_weights; }
    std::vector<std::string> partNames() const override { return {"answer", "cell", "answers_right"}; }
    void startAt(int64_t picture) override;
    StepLosses losses(int64_t seen) override;
    double examine(int64_t pictures) override;

  private:
    struct Known {
        std::shared_ptr<const Subject> subject;
        Tensor fused;  // [tokens, blocks*width]
    };
    using Subjects = std::vector<const Subject*>;
    Tensor fusedFeatures(const std::vector<Shown>& pictures) const;
    void learnAbout(std::vector<Shown> pictures);
    /// The language model as it is now: with low-rank changes its matrices are made anew for each step.
    std::shared_ptr<const language::Decoder> decoder() const;
    Tensor cellLoss(const language::Decoder& decoder, const Tensor& projected, const Subjects& subjects) const;
    StepLosses answerLosses(const Tensor& fused, const Subjects& subjects, int64_t seen) const;

    Recipe m_recipe;
    const Album &m_album, &m_exam;
    const text::Tokenizer& m_tokenizer;
    text::ChatTemplate m_chat;
    Tensors m_weights, m_lowRank;  // m_lowRank: matrices and their changes
    std::unique_ptr<models::FlorenceVl> m_model;
    models::EncodeOptions m_encoding;
    c10::ScalarType m_compute;
    std::vector<int64_t> m_colourTokens;  // of each class of colours
    std::deque<Known> m_known;
    int64_t m_fresh;  // pictures a step that have not been seen
    std::unique_ptr<Feed<std::vector<Shown>>> m_feed;
};

}  // namespace fusionscope::train
