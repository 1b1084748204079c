#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "core/train/tensors.h"

namespace fusionscope::train {

/// A new folder. @throws Error when it holds something or cannot be made
void makeFolder(const std::filesystem::path& folder);
/// Everything of a checkpoint's folder beside weights and descriptions for people: configurations and tokenizers.
void copySmallFiles(const std::filesystem::path& from, const std::filesystem::path& to);
void writeJson(const std::filesystem::path& file, const nlohmann::json& value);
/// A safetensors file in bf16.
void writeWeights(const std::filesystem::path& file, const Tensors& weights);

}  // namespace fusionscope::train
