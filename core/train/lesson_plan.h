#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "core/train/training.h"

namespace fusionscope::train {

/// What is to be trained with what.
struct LessonPlan {
    Recipe recipe;
    std::filesystem::path model;      ///< the Florence-VL folder that is started from
    std::filesystem::path adapter;    ///< what an earlier training of that folder learnt, to go on with; empty for none
    std::filesystem::path materials;  ///< resources/world
    std::optional<std::filesystem::path> data;  ///< a person's own pictures (see FolderAlbum)
    c10::Device device{c10::kCPU};
};

/// Loads the model, builds the recipe's stage and trains it. Needs a QGuiApplication for painting.
/// @throws Error, and Stopped after a checkpoint was written
void train(const LessonPlan& plan, TrainingOptions options);

/// The whole recipe in small, in about a minute: a model with a hundredth of the weights from scratch, the tower's stage,
/// instructions, the result in `folder`/model. Goes on with what is there.
/// @param source gives tokenizers; @param recipes resources/train
/// @return by what factor the losses of the two stages fell
struct TinyResult {
    double tower, chat;
};
TinyResult trainTiny(const std::filesystem::path& source, const std::filesystem::path& materials, const std::filesystem::path& recipes,
                     const TrainingOptions& options);
/// What trainTiny() has to reach to be called a success.
inline constexpr double tinyFactor = 2;

/// A recipe from its file. Where the file names another one beside it ("like": "tower.json"), what it does not say itself
/// is as the other says. @throws Error
Recipe readRecipe(const std::filesystem::path& file);

}  // namespace fusionscope::train
