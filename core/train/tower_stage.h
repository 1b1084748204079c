#pragma once

#include <memory>

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
    StepLosses losses(int64_t seen) override;
    double examine(int64_t pictures) override;

  private:
    Sample sampleOf(world::Split split, uint64_t index, bool tasks) const;
    StepLosses lossesOf(const std::vector<Sample>& samples, double gridWeight) const;
    Tensor textLoss(const std::vector<Sample>& samples, const vision::TokenGrid& grid, double& text, double& boxes) const;

    Recipe m_recipe;
    const world::Materials& m_materials;
    Tensors m_weights;
    std::unique_ptr<models::Florence2> m_model;
    std::unique_ptr<GridHeads> m_heads;
    SampleMaker m_maker;
    int64_t m_side, m_cells, m_pad, m_firstLocation;
    c10::ScalarType m_compute;
    std::unique_ptr<Feed<std::vector<Sample>>> m_feed;
};

/// Pictures' bytes as the tower reads them: [pictures, 3, side, side], normalised as preprocessor_config.json has it for
/// Florence-2 (ImageNet's mean and deviation), channels last in memory.
Tensor asPixels(const std::vector<const std::vector<uint8_t>*>& pictures, int64_t side, c10::ScalarType type, c10::Device device);

}  // namespace fusionscope::train
