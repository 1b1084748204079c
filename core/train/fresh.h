#pragma once

#include <cstdint>
#include <filesystem>

#include "core/fusion/fusion_options.h"

namespace fusionscope::train {

/// Makes a Florence-VL folder with new random weights and the tokenizers of another.
/// @param small: a few hundred thousand weights instead of the sizes of `source`, for tests and for trying a recipe out
/// @param folder to make, must not exist or be empty
/// @throws Error
void makeFreshModel(const std::filesystem::path& source, const std::filesystem::path& folder, bool small, uint64_t seed);

/// Makes a Florence-VL folder with the tower of another and a new projector that has learnt nothing: where ways of joining
/// the tower's features are to be compared, all begin alike.
/// @param joining how features are joined, left in the folder's fusionscope.json for training and for everybody who loads
/// it; the projector is as wide as that wants
/// @param keepsLanguage the language model stays what it is, as the paper begins with one that knows its language; else it
/// has learnt nothing either. @throws Error
void makeUntaughtModel(const std::filesystem::path& source, const std::filesystem::path& folder, const fusion::FusionOptions& joining,
                       bool keepsLanguage, uint64_t seed);

}  // namespace fusionscope::train
