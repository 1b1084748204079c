#pragma once

#include <optional>
#include <string>

#include "core/text/bpe.h"

namespace sentencepiece {
class SentencePieceProcessor;
}

namespace fusionscope::text {

/// The segmentation of a plain BPE model (see SentencePieceTraits), the same as the library's, which needs five times
/// the time and memory on long lines. None when a piece has a character that is no piece itself.
/// Throws Error when a score is not a number.
std::optional<Bpe> plainBpe(const sentencepiece::SentencePieceProcessor& model, bool byteFallback,
                            const std::string& where);

}  // namespace fusionscope::text
