#include "core/session/words.h"

#include <algorithm>

namespace fusionscope::session {

FoldedText fold(const QString& text) {
    FoldedText folded;
    folded.text.reserve(text.size());
    folded.origin.reserve(static_cast<std::size_t>(text.size()) + 1);
    for (qsizetype i = 0; i < text.size();) {
        const bool pair = text[i].isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate();
        const qsizetype length = pair ? 2 : 1;
        if (text[i].unicode() < 0x80) {
            // SQLite's comparisons end at a NUL.
            folded.text += text[i] == u'\0' ? QChar(u' ') : text[i].toLower();
            folded.origin.push_back(i);
        } else {
            // By way of the capitals, as only they turn ß into two letters.
            const QString parts = text.mid(i, length).normalized(QString::NormalizationForm_KD).toUpper().toLower();
            for (const QChar c : parts) {
                if (c.category() == QChar::Mark_NonSpacing) continue;
                folded.text += c;
                folded.origin.push_back(i);
            }
        }
        i += length;
    }
    folded.origin.push_back(text.size());
    return folded;
}

QStringList searchWords(const QString& typed) {
    QStringList words;
    bool quoted = false;
    // Every second piece stands between quotes; an odd quote at the end opens a phrase that goes on to the end.
    for (const QString& piece : fold(typed).text.split(u'"')) {
        const QString simple = piece.simplified();
        words += quoted ? QStringList(simple) : simple.split(u' ');
        quoted = !quoted;
    }
    words.removeIf([](const QString& word) {
        return std::ranges::none_of(word, [](QChar c) { return c.isLetterOrNumber() || c.isSurrogate(); });
    });
    words.removeDuplicates();
    return words;
}

bool isIndexable(const QString& word) {
    return std::ranges::none_of(word, [](QChar c) {
        switch (c.script()) {
            case QChar::Script_Han:
            case QChar::Script_Hiragana:
            case QChar::Script_Katakana:
            case QChar::Script_Thai:
            case QChar::Script_Lao:
            case QChar::Script_Khmer:
            case QChar::Script_Myanmar: return true;
            default: return c.isSurrogate();
        }
    });
}

QString ftsPattern(const QString& word) { return u'"' + QString(word).replace(u'"', "\"\"") + "\"*"; }

QString likePattern(const QString& word) {
    QString pattern = word;
    for (const char* special : {"\\", "%", "_"}) pattern.replace(special, QString("\\") + special);
    return u'%' + pattern + u'%';
}

void cutExcerpt(const QString& text, const QStringList& words, qsizetype length, Hit& hit) {
    const FoldedText whole = fold(text);
    const auto origin = [&](qsizetype i) { return whole.origin[static_cast<std::size_t>(i)]; };
    qsizetype first = -1;
    for (const QString& word : words) {
        const qsizetype place = whole.text.indexOf(word);
        if (place >= 0 && (first < 0 || place < first)) first = place;
    }
    const qsizetype wanted = first < 0 ? 0 : std::max<qsizetype>(0, origin(first) - length / 3);
    // Begin after a space rather than inside a word, if one is near.
    const qsizetype space = text.indexOf(u' ', wanted);
    const qsizetype begin = wanted == 0 ? 0 : space >= 0 && space < wanted + length / 4 ? space + 1 : wanted;
    const qsizetype end = std::min(text.size(), begin + length);

    hit.excerpt = text.mid(begin, end - begin);
    for (QChar& c : hit.excerpt)
        if (c.isSpace() || c.category() == QChar::Other_Control) c = u' ';
    const FoldedText excerpt = fold(hit.excerpt);
    hit.marks.clear();
    for (const QString& word : words)
        for (qsizetype at = excerpt.text.indexOf(word); at >= 0; at = excerpt.text.indexOf(word, at + word.size())) {
            const qsizetype from = excerpt.origin[static_cast<std::size_t>(at)];
            const qsizetype to = excerpt.origin[static_cast<std::size_t>(at + word.size())];
            hit.marks.push_back({from, std::max<qsizetype>(1, to - from)});
        }
    std::ranges::sort(hit.marks, {}, &TextRange::begin);
    if (begin > 0) {
        hit.excerpt.prepend(u'…');
        for (TextRange& mark : hit.marks) ++mark.begin;
    }
    if (end < text.size()) hit.excerpt.append(u'…');
}

}  // namespace fusionscope::session
