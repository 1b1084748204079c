#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "core/train/recipe.h"
#include "core/train/stage.h"

namespace fusionscope::train {

/// What accompanies a training.
struct TrainingOptions {
    std::filesystem::path folder;  ///< for checkpoint.safetensors, best.safetensors, curve.csv and exams.csv; goes on with
                                   ///< what is there
    std::string source;            ///< the model folder that it started from, kept for exporting
    std::stop_token stop;
    std::function<void(const std::string&)> say;  ///< a line about how it goes, every half minute
    double saveSeconds = 110;      ///< what is lost at most when the program is killed
    std::optional<double> seconds; ///< of computing, all runs together, after which the schedule is over however few
                                   ///< pictures were shown
};

/// Trains a stage to the end of its recipe, or until asked to stop; both leave a checkpoint.
/// @throws Stopped after the checkpoint was written, and Error when the loss is no number any more
void runTraining(Stage& stage, const Recipe& recipe, const TrainingOptions& options, c10::ScalarType compute);

/// The checkpoint of a training's folder.
std::filesystem::path checkpointOf(const std::filesystem::path& folder);
/// The mean weights that did best in an examination; there only where the recipe examines.
std::filesystem::path bestOf(const std::filesystem::path& folder);

}  // namespace fusionscope::train
