#pragma once

#include <string>
#include <string_view>

#include "core/text/tokenizer.h"

namespace fusionscope::text {

/// How a model treats text.
struct SentencePieceTraits {
    /// Pieces come from merging by score; nothing but spaces is respelled and none is dropped; no piece is user-defined
    /// or unused.
    bool isPlainBpe = false;
    bool byteFallback = false;    ///< unknown characters become bytes
    bool addsDummyPrefix = true;  ///< a space is put in front of every text
};

/// Checks what the sentencepiece library takes on trust in the file of a model: that the table of its normaliser never
/// leads outside of itself, and that there are not absurdly many pieces. Throws Error.
SentencePieceTraits checkSentencePieceModel(std::string_view model, const std::string& where);

/// The model with its setting to put a space in front of every text changed.
std::string withDummyPrefix(std::string model, bool prefix);

/// A SentencePiece BPE model with the pieces, scores and types of a GGUF file. Throws Error when their counts differ.
std::string sentencePieceModel(const GgufVocabulary& vocabulary, const std::string& where);

}  // namespace fusionscope::text
