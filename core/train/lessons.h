#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/text/chat_template.h"
#include "core/world/questions.h"

namespace fusionscope::train {

/// A question with its answer.
struct Exchange {
    std::string question, answer;
};

/// A conversation about one picture as the language model reads it.
struct Lesson {
    std::vector<int64_t> ids;      ///< with the template's placeholder where the picture goes
    std::vector<int64_t> learnt;   ///< places in `ids` of answers and their ends: what is to be told from all before
    std::vector<int64_t> lengths;  ///< of each of these places: how many of them its answer has
};

/// How conversations about painted pictures are drawn.
struct LessonMix {
    int least = 5, most = 7;       ///< exchanges about a picture
    double captions = 0.35;        ///< probability of one that asks for a description
    double dialogues = 0.3;        ///< probability of one that follows up on another
};

std::vector<Exchange> drawExchanges(const world::Scene& scene, const world::Nouns& nouns, const LessonMix& mix, uint64_t seed);

/// All exchanges in one conversation about one picture, which is paid for once. Answers are encoded with spelling (see
/// encodedWithSpelling). As many exchanges as fit.
/// @param longest ids at most
Lesson asLesson(const std::vector<Exchange>& exchanges, const text::ChatTemplate& chat, const text::Tokenizer& tokenizer, int64_t longest);

/// Which texts to compute together, so that little is padded: their numbers by length, in groups of like size.
/// @param groups at most
std::vector<std::vector<int64_t>> ofLikeLength(const std::vector<std::size_t>& lengths, std::size_t groups);

}  // namespace fusionscope::train
