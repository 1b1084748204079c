#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/regex.h"

namespace fusionscope::text {

/// A text on its way to the model: cut into words, between which nothing merges.
struct PreTokenized {
    std::string text;
    std::vector<Span> words;   ///< in order, not overlapping; what lies between them is dropped
    bool startsInput = false;  ///< the text is the beginning of what was to be encoded

    explicit PreTokenized(std::string whole, bool starts = false)
        : text(std::move(whole)), words{{0, text.size()}}, startsInput(starts) {}
    std::string_view word(const Span& span) const {
        return std::string_view(text).substr(span.begin, span.end - span.begin);
    }
};

/// One step of the way.
using PreTokenizer = std::function<void(PreTokenized&)>;

/// The expression that cuts words before byte-level encoding in GPT-2 and BART, in Llama 3, and in Qwen 2.
extern const std::string_view gpt2Pattern, llama3Pattern, qwen2Pattern;

/// Spells every byte as a printable character. @param usePattern cut words by the GPT-2 pattern before
PreTokenizer byteLevel(bool addPrefixSpace, bool usePattern);
/// Every number character becomes a word of its own; if not `individual`, every run of them.
PreTokenizer splitDigits(bool individual);
/// Every match of the pattern becomes a word of its own.
PreTokenizer splitIsolated(Regex pattern);

/// The `pre_tokenizer` of a tokenizer.json, nested sequences flattened. Known: ByteLevel, Split, Digits, Metaspace,
/// Sequence. Throws Error naming any other.
std::vector<PreTokenizer> readPreTokenizer(const nlohmann::json& json, const std::string& where);

}  // namespace fusionscope::text
