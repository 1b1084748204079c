#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/text/tokenizer.h"

namespace fusionscope::engine {

/// A word of a text with the tokens that make it.
struct WordSpan {
    std::string text;   ///< without the space before it; empty for tokens that have no text (an end token)
    size_t first = 0;   ///< its first token
    size_t count = 0;   ///< its tokens; the words of a text have all of its tokens between them
};

/// The words of a text that is given as ids. A word begins behind white space; punctuation belongs to the word before
/// it; ids without text make a word of their own.
std::vector<WordSpan> wordsOf(const text::Tokenizer& tokenizer, const std::vector<int64_t>& ids);

}  // namespace fusionscope::engine
