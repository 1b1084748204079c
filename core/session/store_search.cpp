#include <QHash>

#include "core/session/database.h"
#include "core/session/rows.h"
#include "core/session/store.h"
#include "core/session/words.h"

namespace fusionscope::session {

namespace {

constexpr qsizetype excerptLength = 120;

/// The newest row of `words` with one of the words, for each conversation that holds them all.
QHash<ConversationId, qint64> findWords(Database& database, const QStringList& words, bool indexed) {
    const QString byIndex =
        "SELECT w.conversation, max(w.id) FROM word_index i JOIN words w ON w.id = i.rowid "
        "WHERE word_index MATCH ? GROUP BY w.conversation";
    const QString byReading =
        "SELECT conversation, max(id) FROM words WHERE text LIKE ? ESCAPE '\\' GROUP BY conversation";
    QHash<ConversationId, qint64> all;
    for (const QString& word : words) {
        QHash<ConversationId, qint64> found;
        Query row = indexed && isIndexable(word) ? database.run(byIndex, ftsPattern(word))
                                                 : database.run(byReading, likePattern(word));
        while (row.next()) {
            const ConversationId conversation = row.integer(0);
            if (word == words.first() || all.contains(conversation))
                found.insert(conversation, std::max(row.integer(1), all.value(conversation, row.integer(1))));
        }
        all.swap(found);
    }
    return all;
}

QString jsonList(const QList<qint64>& ids) {
    QStringList texts;
    for (const qint64 id : ids) texts += QString::number(id);
    return u'[' + texts.join(u',') + u']';
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
    const auto found = findWords(*m_database, words, m_report.fullText);
    if (!words.isEmpty()) require("c.id IN (SELECT value FROM json_each(?))", jsonList(found.keys()));

    std::vector<Hit> hits;
    for (ConversationInfo& info : readInfos(*m_database, condition, values, search.limit)) {
        Hit hit;
        hit.conversation = std::move(info);
        hits.push_back(std::move(hit));
    }
    if (words.isEmpty()) return hits;

    for (Hit& hit : hits) {
        hit.turn = std::max<TurnId>(0, found.value(hit.conversation.id));
        Query row = m_database->run("SELECT text FROM turn WHERE id = ?", hit.turn);
        cutExcerpt(row.next() ? row.text(0) : hit.conversation.title, words, excerptLength, hit);
    }
    return hits;
}

}  // namespace fusionscope::session
