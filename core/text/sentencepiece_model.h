#pragma once

#include <string>
#include <string_view>

#include "core/text/tokenizer.h"

namespace fusionscope::text {

/// What a model does to text besides cutting it into pieces.
struct SentencePieceTraits {
    bool addsDummyPrefix = true;  ///< a space is put in front of every text
    /// Text is taken as it is, and no piece reaches from another character to a space behind it: the words of a text,
    /// each with the space before it, can be encoded one by one with the same result.
    bool wordsStandAlone = true;
};

/// Checks what the sentencepiece library takes on trust in the file of a model: that the table of its normaliser never
/// leads outside of itself, and that there are not absurdly many pieces. Throws Error.
SentencePieceTraits checkSentencePieceModel(std::string_view model, const std::string& where);

/// The model with its setting to put a space in front of every text changed.
std::string withDummyPrefix(std::string model, bool prefix);

/// A SentencePiece BPE model with the pieces, scores and types of a GGUF file. Throws Error when their counts differ.
std::string sentencePieceModel(const GgufVocabulary& vocabulary, const std::string& where);

}  // namespace fusionscope::text
