#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/engine/alignment.h"
#include "core/inspect/alignment_training.h"

namespace fusionscope::engine {

/// Where a run has come to. Every member function leaves it so that the run can go on from there.
struct AlignmentStudy::State {
    State(const std::filesystem::path& folder, AlignmentOptions chosen);

    void readPairs(Model& model, const Control& control);
    /// Features of a part: [pairs, tokens, blocks × width].
    at::Tensor visionOf(const AlignmentPart& judged) const;
    void score(AlignmentScores& scores) const;
    void beginTraining();
    void train();  ///< one step
    void endTraining();
    double shareTrained() const;

    AlignmentResults results;
    std::string modelFolder;  ///< of the first call; empty before
    std::vector<int64_t> trainedPairs, heldOutPairs;
    std::vector<at::Tensor> vision;  ///< one a pair: [blocks, tokens, width] fp32, a single token for means
    std::vector<at::Tensor> text;    ///< one a pair: [hidden] fp32

    std::optional<inspect::AlignmentTrainer> trainer;
    size_t part = 0;
    int seed = 0, step = 0;
    double sum = 0;  ///< of the losses since the curve's last point
    int summed = 0;
    bool grown = false;  ///< since results were told
};

}  // namespace fusionscope::engine
