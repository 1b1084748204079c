#pragma once

#include <QString>
#include <QStringList>
#include <vector>

#include "core/session/store.h"

namespace fusionscope::session {

/// A text without case and accents, and where each of its characters came from. Index and queries are both folded, so
/// that SQLite's FTS5 and a plain comparison find the same words.
struct FoldedText {
    QString text;
    std::vector<qsizetype> origin;  ///< index in the original text; one more entry than `text` has, for its end
};
FoldedText fold(const QString& text);

/// Words and quoted phrases of what a person typed, folded, without those that hold no letter or digit.
QStringList searchWords(const QString& typed);

/// Whether the word index can find the word: languages that write without spaces are found by comparison only.
bool isIndexable(const QString& word);
/// The word as FTS5 takes it: literally, at the beginning of words.
QString ftsPattern(const QString& word);
/// The word as LIKE takes it, anywhere.
QString likePattern(const QString& word);

/// About `length` characters around the first of the words, in one line, with all words in it marked.
void cutExcerpt(const QString& text, const QStringList& words, qsizetype length, Hit& hit);

}  // namespace fusionscope::session
