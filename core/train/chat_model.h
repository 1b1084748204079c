#pragma once

#include <cstdint>
#include <filesystem>

#include "core/train/tensors.h"

namespace fusionscope::train {

/// Makes a Florence-VL folder from the tower of one and a language model in a GGUF file with a byte-level vocabulary,
/// such as SmolLM2-135M-Instruct. A projector that fits is kept, with low-rank changes of the language model merged into
/// it (see low_rank.h); else the projector is new.
/// @param adapter what exportAdapter() wrote of a training from such a folder, put in place of the tower's own; empty for
/// none. @param folder to make, must not exist or be empty
/// @throws Error
void makeChatModel(const std::filesystem::path& tower, const std::filesystem::path& gguf, const std::filesystem::path& adapter,
                   const std::filesystem::path& folder, uint64_t seed);

/// Puts what exportAdapter() wrote in place of tensors of the same shape; low-rank changes are added beside their matrices.
/// @param weights of a model, not empty. @throws Error
void putAdapter(const std::filesystem::path& adapter, Tensors& weights);

}  // namespace fusionscope::train
