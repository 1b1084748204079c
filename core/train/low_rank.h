#pragma once

#include <cstdint>
#include <string_view>

#include "core/language/decoder_config.h"
#include "core/train/tensors.h"

/// Low-rank changes of a language model's matrices (LoRA; Hu et al. 2021, arXiv 2106.09685): beside a matrix W [out, in]
/// that stays as it is, `lora_A.weight` [rank, in] and `lora_B.weight` [out, rank] are learnt, and W + BA is what counts.
namespace fusionscope::train {

bool isLowRank(std::string_view name);
/// New pairs for every matrix of the layers; they change nothing yet.
Tensors lowRankPairs(const language::DecoderConfig& config, int64_t rank, uint64_t seed, c10::Device device);
/// Adds every pair to its matrix and leaves it out; differentiable. @throws Error when a pair is incomplete or does not fit
void mergeLowRank(Tensors& weights);

}  // namespace fusionscope::train
