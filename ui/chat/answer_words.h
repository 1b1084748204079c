#pragma once

#include <QString>
#include <vector>

#include "core/session/conversation.h"

namespace fusionscope::ui {

/// A run of characters without spaces in an answer, and the tokens that begin in it.
struct AnswerWord {
    QString text;
    int firstToken = 0, tokenCount = 0;
    double probability = 1;  ///< of all its tokens together, 0 to 1
    bool operator==(const AnswerWord&) const = default;
};

/// The words of an answer in their order. Tokens that are not part of its text (an end token) belong to none.
std::vector<AnswerWord> wordsOf(const QString& text, const std::vector<session::Token>& tokens);

/// How sure the model was of a word and what else it might have said, in one line.
QString describe(const AnswerWord& word, const std::vector<session::Token>& tokens);

}  // namespace fusionscope::ui
