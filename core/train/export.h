#pragma once

#include <filesystem>

namespace fusionscope::train {

/// Writes what a training has come to as a Florence-VL folder that any program of the kind loads: the files of the model
/// it started from with the mean weights of the training, in bf16: those that did best in an examination, else the last
/// checkpoint's. Helpers of the training are left out.
/// @param training the folder of a training; @param folder to make, must not exist or be empty
/// @throws Error
void exportModel(const std::filesystem::path& training, const std::filesystem::path& folder);

/// Writes only the mean weights that the training learnt, in bf16, without the model that it started from: a projector
/// and low-rank changes of the language model, say, which makeChatModel() joins with both again.
/// @param file to make: a safetensors file; @throws Error
void exportAdapter(const std::filesystem::path& training, const std::filesystem::path& file);

}  // namespace fusionscope::train
