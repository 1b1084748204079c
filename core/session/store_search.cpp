#include <QHash>

#include "core/session/database.h"
#include "core/session/rows.h"
#include "core/session/store.h"
#include "core/session/words.h"

namespace fusionscope::session {

namespace {

constexpr qsizetype excerptLength = 120;

/// A condition on the rows of `words`, and its value.
QString wordCondition(const QString& word, bool indexed, QVariantList& values) {
    if (indexed && isIndexable(word)) {
        values.append(ftsPattern(word));
        return "id IN (SELECT rowid FROM word_index WHERE word_index MATCH ?)";
    }
    values.append(likePattern(word));
    return "text LIKE ? ESCAPE '\\'";
}

/// The newest row of `words` with one of the words, for each conversation.
QHash<ConversationId, qint64> newestRows(Database& database, const QStringList& words, bool indexed) {
    QVariantList values;
    QStringList conditions;
    for (const QString& word : words) conditions += wordCondition(word, indexed, values);
    Query row = database.run(
        "SELECT conversation, max(id) FROM words WHERE " + conditions.join(" OR ") + " GROUP BY conversation", values);
    QHash<ConversationId, qint64> newest;
    while (row.next()) newest.insert(row.integer(0), row.integer(1));
    return newest;
}

}  // namespace

std::vector<Hit> Store::search(const Search& search) const {
    const QStringList words = searchWords(search.words);
    // Something was typed, but nothing that a text could hold.
    if (words.isEmpty() && !search.words.trimmed().isEmpty()) return {};

    QVariantList values;
    QString condition = search.deleted ? "c.deleted IS NOT NULL" : "c.deleted IS NULL";
    const auto require = [&](const QString& more, const QVariant& value) {
        condition += " AND " + more;
        values.append(value);
    };
    if (search.pinnedOnly) condition += " AND c.pinned";
    if (search.folder) require("c.folder = ?", bound(*search.folder));
    if (!search.picture.isEmpty())
        require("c.id IN (SELECT t.conversation FROM turn_picture p JOIN turn t ON t.id = p.turn WHERE p.hash = ?)",
                search.picture);
    if (search.from.isValid() || search.until.isValid()) {
        condition += " AND EXISTS (SELECT 1 FROM turn t WHERE t.conversation = c.id";
        if (search.from.isValid()) require("t.created >= ?", search.from.toMSecsSinceEpoch());
        if (search.until.isValid()) require("t.created < ?", search.until.toMSecsSinceEpoch());
        condition += ")";
    }
    for (const QString& word : words)
        condition += " AND c.id IN (SELECT conversation FROM words WHERE " +
                     wordCondition(word, m_report.fullText, values) + ")";

    std::vector<Hit> hits;
    for (ConversationInfo& info : readInfos(*m_database, condition, values, search.limit)) {
        Hit hit;
        hit.conversation = std::move(info);
        hits.push_back(std::move(hit));
    }
    if (words.isEmpty()) return hits;

    const auto newest = newestRows(*m_database, words, m_report.fullText);
    for (Hit& hit : hits) {
        hit.turn = std::max<TurnId>(0, newest.value(hit.conversation.id));
        Query row = m_database->run("SELECT text FROM turn WHERE id = ?", hit.turn);
        cutExcerpt(row.next() ? row.text(0) : hit.conversation.title, words, excerptLength, hit);
    }
    return hits;
}

}  // namespace fusionscope::session
