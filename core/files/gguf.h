#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/files/tensor_table.h"

namespace fusionscope::files {

/// The tokenizer of a GGUF file (`tokenizer.ggml.*`), as it stands there.
struct GgufTokenizer {
    std::string model;  ///< "gpt2" (byte-level BPE) or "llama" (SentencePiece)
    std::string pre;    ///< pre-tokeniser, e.g. "smollm", "llama-bpe", "qwen2"; may be empty
    std::vector<std::string> tokens;
    std::vector<std::string> merges;       ///< "left right"
    std::vector<int32_t> tokenTypes;       ///< 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte
    std::vector<float> scores;
    std::optional<int64_t> bos, eos, pad, unknown;
    std::optional<bool> addBos, addEos, addSpacePrefix;
    std::string chatTemplate;  ///< Jinja; may be empty
};

/// A GGUF model in the terms of a Hugging Face folder.
struct GgufModel {
    std::string architecture;         ///< "llama", "qwen2" or "phi3"
    TensorTable tensors;              ///< mapped, by Hugging Face names; q and k of "llama" carry `interleavedHeads`
    nlohmann::json config;            ///< what config.json would say
    nlohmann::json generationConfig;  ///< what generation_config.json would say
    std::optional<GgufTokenizer> tokenizer;
    nlohmann::json metadata;  ///< every value of the file that is not a list, by its GGUF key

    /// Rotary factors that a file states as tensors (`rope_freqs`, `rope_factors_long`/`_short`) stand in `config` as
    /// a `rope_scaling` of type "longrope" whose factors divide the frequencies.
};

/// Reads and validates one GGUF file of version 2 or 3. Element types: F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1,
/// Q4_K, Q5_K, Q6_K; others are refused by name.
/// @throws Error naming the file, the key or tensor, and what is wrong
GgufModel readGguf(const std::filesystem::path& file);

}  // namespace fusionscope::files
