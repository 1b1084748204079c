#pragma once

#include <deque>
#include <future>
#include <memory>
#include <optional>

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
    StepLosses losses(int64_t seen, double done) override;
    double examine(int64_t pictures) override;

  private:
    using Subjects = std::vector<std::shared_ptr<const Subject>>;
    /// Pictures that are seen together, made on the feed's threads.
    struct Portion {
        Subjects subjects;
        Tensor pictures;  ///< bytes [pictures, side, side, 3]
    };
    struct Known {
        std::shared_ptr<const Subject> subject;
        Tensor fused;  // [tokens, blocks*width]
    };
    /// What is learnt about one picture in one step.
    struct Row {
        std::vector<int64_t> ids;      ///< the placeholder stands wherever a token of the picture goes
        std::vector<int64_t> places;   ///< in `ids`, whose next token is learnt
        std::vector<int64_t> answers;  ///< these tokens
        std::vector<double> weights;   ///< and what each of them counts (see Recipe::answerBalance)
        std::vector<int64_t> nouns, colours;  ///< first tokens of what each cell shows
    };
    /// Rows in order, each part of them made on a thread of its own.
    using RowsInTheMaking = std::vector<std::future<std::vector<Row>>>;
    /// What a step learns from; its rows are made while the step before computes.
    struct Lessons {
        Tensor pictures;           ///< where the tower is trained: bytes [pictures, side, side, 3]
        std::vector<Tensor> fused; ///< else the features of each picture
        RowsInTheMaking rows;
    };
    /// Rows that are answered together, each padded to the longest.
    struct Answers {
        int64_t length = 0;
        std::vector<int64_t> ids;       ///< [rows, length]
        std::vector<int64_t> pictured;  ///< places in `ids` that tokens of the pictures take
        std::vector<int64_t> places;    ///< in `ids`, whose next token is learnt
        std::vector<int64_t> answers;   ///< these tokens
        std::vector<double> weights;
    };
    Portion portionOf(const Album& album, uint64_t first, int64_t count) const;
    Tensor fusedFeatures(const Tensor& pictures) const;
    void learnAbout(const Portion& portion);
    Lessons lessonsFor(int64_t seen);
    /// The language model as it is now: with low-rank changes its matrices are made anew for each step.
    std::shared_ptr<const language::Decoder> decoder() const;
    Row rowOf(const Subject& subject, uint64_t seed) const;
    RowsInTheMaking rowsOf(const Subjects& subjects, int64_t seen) const;
    Tensor cellLoss(const language::Decoder& decoder, const Tensor& projected, const std::vector<Row>& rows) const;
    static Answers answersOf(const std::vector<Row>& rows, const std::vector<int64_t>& members);
    /// @return fp32 [places, vocabulary]
    Tensor answerLogits(const language::Decoder& speaking, const Tensor& projected, const Answers& group) const;
    StepLosses answerLosses(const Tensor& fused, RowsInTheMaking making) const;

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
    c10::Device m_device;
    int64_t m_fresh;  // pictures a step that have not been seen
    std::vector<Portion> m_examined;
    std::unique_ptr<Feed<Portion>> m_feed;
    std::optional<Lessons> m_next;  // last: its threads use all of the above
};

}  // namespace fusionscope::train
