#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/nn/pass.h"

namespace fusionscope::language {
class Decoder;
}

/// The scores that a model gives tokens which are given, so that models can be compared in the same places.
namespace fusionscope::bench {

/// A prompt and an answer to it, as tokens. Neither is empty.
struct AnsweredText {
    std::vector<int64_t> prompt, answer;
};

/// A list of {"prompt": [ids], "answer": [ids]}, of at most 1024 tokens each. @throws Error
std::vector<AnsweredText> readTexts(const std::filesystem::path& file);

/// Prompt and answer in one pass, or the answer one token at a time, as it is generated.
enum class Reading { AtOnce, TokenByToken };

/// The scores among which each token of the answer would be chosen, [answer, vocabulary] fp32.
/// @throws Error when the model does not know a token or reads fewer; Stopped
nn::Tensor answerScores(const language::Decoder& decoder, const AnsweredText& text, Reading reading, const nn::Pass& pass);

/// Writes those of all texts as fp32 of this machine and nothing else. @throws Error; Stopped
void writeScores(const language::Decoder& decoder, const std::vector<AnsweredText>& texts, Reading reading,
                 const std::filesystem::path& file, const nn::Pass& pass);

}  // namespace fusionscope::bench
