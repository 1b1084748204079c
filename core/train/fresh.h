#pragma once

#include <cstdint>
#include <filesystem>

namespace fusionscope::train {

/// Makes a Florence-VL folder with new random weights and the tokenizers of another.
/// @param small: a few hundred thousand weights instead of the sizes of `source`, for tests and for trying a recipe out
/// @param folder to make, must not exist or be empty
/// @throws Error
void makeFreshModel(const std::filesystem::path& source, const std::filesystem::path& folder, bool small, uint64_t seed);

}  // namespace fusionscope::train
