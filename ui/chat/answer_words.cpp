#include "ui/chat/answer_words.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QStringList>
#include <cmath>

namespace fusionscope::ui {

namespace {

struct AnswerWords {
    Q_DECLARE_TR_FUNCTIONS(AnswerWords)
};

/// A token is looked for this far behind the one before it.
constexpr qsizetype farthest = 32;
constexpr int alternativesShown = 3;

QString quoted(QString text) {
    static const QRegularExpression marks("^[*_`~]+|[*_`~]+$");
    return u'“' + text.simplified().remove(marks) + u'”';
}
QString number(double probability) { return QString::number(probability, 'f', 2); }

qsizetype skipSpaces(const QString& text, qsizetype at) {
    while (at < text.size() && text[at].isSpace()) ++at;
    return at;
}

/// Where a token's characters begin, at or after `from`; −1 when it is not part of the text.
qsizetype placeOf(const QString& token, const QString& text, qsizetype from) {
    const auto at = skipSpaces(text, from);
    if (at >= text.size()) return -1;
    // Bytes of a character that several tokens share decode to replacement characters alone.
    if (token.contains(QChar::ReplacementCharacter)) return at;
    const auto found = QStringView(text).mid(at, farthest + token.size()).indexOf(token);
    return found < 0 ? -1 : at + found;
}

}  // namespace

std::vector<AnswerWord> wordsOf(const QString& text, const std::vector<session::Token>& tokens) {
    std::vector<AnswerWord> words;
    qsizetype place = 0, wordEnd = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const auto token = tokens[i].text.trimmed();
        const auto begin = token.isEmpty() ? -1 : placeOf(token, text, place);
        if (begin < 0) continue;
        if (!token.contains(QChar::ReplacementCharacter)) place = begin + token.size();
        if (begin >= wordEnd) {
            auto wordBegin = begin;
            while (wordBegin > wordEnd && !text[wordBegin - 1].isSpace()) --wordBegin;
            for (wordEnd = begin; wordEnd < text.size() && !text[wordEnd].isSpace();) ++wordEnd;
            words.push_back({text.mid(wordBegin, wordEnd - wordBegin), static_cast<int>(i), 0, 1});
        }
        auto& word = words.back();
        word.tokenCount = static_cast<int>(i) - word.firstToken + 1;
        word.probability *= std::exp(tokens[i].logProbability);
    }
    return words;
}

QString describe(const AnswerWord& word, const std::vector<session::Token>& tokens) {
    QStringList parts{quoted(word.text) + "  p " + number(word.probability)};
    const auto end = std::min(tokens.size(), static_cast<std::size_t>(word.firstToken + word.tokenCount));
    const session::Token* leastSure = nullptr;
    for (auto i = static_cast<std::size_t>(word.firstToken); i < end; ++i)
        if (!leastSure || tokens[i].logProbability < leastSure->logProbability) leastSure = &tokens[i];
    if (!leastSure) return parts.front();

    QStringList others;
    for (const auto& other : leastSure->alternatives) {
        if (other.id == leastSure->id || others.size() == alternativesShown) continue;
        others += quoted(other.text) + ' ' + number(std::exp(other.logProbability));
    }
    if (others.isEmpty()) return parts.front();
    parts += word.tokenCount == 1 ? AnswerWords::tr("next best %1").arg(others.join(", "))
                                  : AnswerWords::tr("at %1 %2, next best %3")
                                        .arg(quoted(leastSure->text), number(std::exp(leastSure->logProbability)),
                                             others.join(", "));
    return parts.join(" · ");
}

}  // namespace fusionscope::ui
