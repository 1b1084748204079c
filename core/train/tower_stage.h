#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/models/florence2.h"
#include "core/models/florence_vl.h"
#include "core/train/feed.h"
#include "core/train/grid_heads.h"
#include "core/train/recipe.h"
#include "core/train/stage.h"

namespace fusionscope::train {

/// Stage 0: Florence-2 on its own tasks, with the grid's heads beside. One pass of DaViT serves all tasks of a picture.
class TowerStage : public Stage {
  public:
    /// @param all every weight of the Florence-VL; the tower's are changed in place
    /// @param materials, processor, tokenizer must outlive the stage
    TowerStage(const Recipe& recipe, const Tensors& all, const models::FlorenceVlConfig& config, const world::Materials& materials,
               const image::Processor& processor, const text::Tokenizer& tokenizer, c10::ScalarType compute);

    const Tensors& weights() const override { return m_weights; }
    std::vector<std::string> partNames() const override;
    void startAt(int64_t picture) override;
    StepLosses losses(int64_t seen, double done) override;
    double examine(int64_t pictures) override;

  private:
    /// What is asked about a batch's pictures, shortest answers first, in one row each.
    struct Texts {
        Tensor prompts;   ///< ids [rows, longest]
        Tensor lengths;   ///< of prompts, in tokens, [rows]
        Tensor pictures;  ///< that rows are about, [rows]
        struct Part {
            int64_t first, count;  ///< rows
            Tensor targets;        ///< ids [count, longest]
            Tensor places;         ///< in [count, longest - 1] whose next token is learnt
        };
        std::vector<Part> parts;  ///< decoded apart: less padding
        Tensor answers;           ///< ids of all parts' places
    };
    /// Made on the feed's threads, in the CPU's memory.
    struct Batch {
        Tensor pictures;  ///< bytes [pictures, side, side, 3]
        GridTargets cells;
        std::optional<Texts> texts;
    };
    Batch batchOf(world::Split split, uint64_t first) const;
    Texts textsOf(const std::vector<Sample>& samples) const;
    StepLosses lossesOf(const Batch& batch, double gridWeight) const;
    Tensor textLoss(const Texts& texts, const vision::TokenGrid& grid, Tensor& text, Tensor& boxes) const;

    Recipe m_recipe;
    const world::Materials& m_materials;
    Tensors m_weights;
    std::unique_ptr<models::Florence2> m_model;
    std::unique_ptr<GridHeads> m_heads;
    SampleMaker m_maker;
    int64_t m_side, m_cells, m_pad, m_firstLocation;
    c10::ScalarType m_compute;
    c10::Device m_device;
    std::vector<Batch> m_exam;
    std::unique_ptr<Feed<Batch>> m_feed;
};

/// Pictures' bytes in one tensor of the CPU: [pictures, side, side, 3].
Tensor asBytes(const std::vector<const std::vector<uint8_t>*>& pictures, int64_t side);
/// As the tower reads them: [pictures, 3, side, side], normalised as preprocessor_config.json has it for Florence-2
/// (ImageNet's mean and deviation), channels last in memory.
Tensor asPixels(const Tensor& bytes, c10::ScalarType type);

}  // namespace fusionscope::train
