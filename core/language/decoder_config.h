#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/language/rope.h"

namespace fusionscope::language {

/// What a causal decoder looks like: Llama 3, SmolLM2 (which is a Llama), Phi-3 and Qwen2 differ by these fields alone.
struct DecoderConfig {
    int64_t vocabulary = 0;
    int64_t hidden = 0;  ///< width of the residual stream
    int64_t inner = 0;   ///< width inside the MLP
    int64_t layers = 0;
    int64_t heads = 0;      ///< of the queries
    int64_t kvHeads = 0;    ///< of keys and values; divides heads
    int64_t headWidth = 0;  ///< may differ from hidden / heads
    int64_t longest = 0;    ///< tokens the model was made for (max_position_embeddings)
    double epsilon = 1e-6;
    RopeConfig rope;

    bool fusedProjections = false;  ///< Phi-3: qkv_proj and gate_up_proj hold what others keep apart
    bool qkvBias = false, outputBias = false, mlpBias = false;
    bool tiedEmbedding = false;  ///< the output layer is the embedding

    std::optional<int64_t> slidingWindow;  ///< a token sees this many tokens back, itself included
    int64_t firstSlidingLayer = 0;         ///< layers below see everything

    /// What a LongRope text does that grows past its original length while it is generated: true, it is read again
    /// under the long frequencies, as the transformers library does when it is given ids; false, the old keys stay, as
    /// it does when it is given embeddings, which is how the LLaVA kind of model runs.
    bool rereadsWhenRopeChanges = true;

    std::vector<int64_t> endIds;  ///< generation ends with one of these
    std::optional<int64_t> beginId, padId;

    /// From config.json; a `text_config` inside it is taken where there is one (pictures' models keep it there), and
    /// keys that are absent have the family's defaults.
    ///
    /// Families by `model_type`: llama, llava_llama; phi3, llava_phi; qwen2, llava_qwen.
    /// @param where the file's name for messages
    /// @throws Error naming the field when it is out of range, contradicts another or asks for what is not supported
    static DecoderConfig read(const nlohmann::json& config, const std::string& where);
    /// True when read() knows this `model_type`.
    static bool knows(const std::string& modelType);
    /// Adds the end ids of generation_config.json, which name more of them than config.json in some checkpoints.
    void addGenerationConfig(const nlohmann::json& generation, const std::string& where);

    /// Numbers in all weights together.
    int64_t parameters() const;
    /// The window of a layer, empty when it sees everything.
    std::optional<int64_t> windowOf(int64_t layer) const {
        return layer >= firstSlidingLayer ? slidingWindow : std::nullopt;
    }
};

}  // namespace fusionscope::language
