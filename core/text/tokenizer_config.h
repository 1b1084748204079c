#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/files/json.h"
#include "core/text/added_tokens.h"

namespace fusionscope::text {

/// What tokenizer_config.json, special_tokens_map.json and added_tokens.json say; any of them may be missing.
struct TokenizerConfig {
    std::string className;  ///< "LlamaTokenizer", …; without "Fast"
    std::optional<bool> addBos, addEos, legacy, addPrefixSpace;
    std::optional<std::string> bos, eos, pad, unknown;
    std::vector<std::string> special;     ///< all tokens with a role and the additional special ones, each once
    std::vector<AddedToken> addedTokens;  ///< by ascending id
    std::string where;                    ///< tokenizer_config.json, for messages
};

TokenizerConfig readTokenizerConfig(const std::filesystem::path& folder);

/// The fields of one added token, as in tokenizer.json and in added_tokens_decoder; `id` is left alone.
AddedToken readAddedToken(const files::Fields& fields);

}  // namespace fusionscope::text
