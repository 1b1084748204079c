#pragma once

#include <filesystem>

#include "core/text/bpe_tokenizer.h"

namespace fusionscope::text {

struct TokenizerConfig;

/// Reads a tokenizer.json with a BPE model. Throws Error naming the component, token or merge that is refused.
BpeParts readTokenizerJson(const std::filesystem::path& file);

/// Reads vocab.json and merges.txt, the older form of byte-level vocabularies. They do not say how text is cut into
/// words: `config.className` does (Qwen2, BART, RoBERTa; otherwise as GPT-2).
BpeParts readVocabularyAndMerges(const std::filesystem::path& folder, const TokenizerConfig& config);

/// The pair of a merge written "left right".
Bpe::Merge readMerge(std::string_view line, std::size_t rank, const std::string& where);

}  // namespace fusionscope::text
