#include "core/session/word_index.h"

#include "core/session/words.h"

namespace fusionscope::session {

namespace {

bool hasFts5(Database& database) {
    return database.number("SELECT count(*) FROM pragma_module_list WHERE name = 'fts5'") > 0;
}

/// Whether what changes in the table also changes in the index.
bool isKeptUp(Database& database) {
    return database.number("SELECT count(*) FROM sqlite_master WHERE name = 'word_added'") > 0;
}

void indexText(Database& database, qint64 id, ConversationId conversation, const QString& text) {
    database.run("DELETE FROM words WHERE id = ?", id);
    database.run("INSERT INTO words(id, conversation, text) VALUES (?, ?, ?)", id, conversation, fold(text).text);
}

}  // namespace

bool hasWordIndex(Database& database) { return hasFts5(database) && isKeptUp(database); }

bool setUpWordIndex(Database& database, bool wanted) {
    wanted = wanted && hasFts5(database);
    if (wanted == isKeptUp(database)) return wanted;
    Transaction transaction(database);
    if (wanted) {
        database.run(
            "CREATE VIRTUAL TABLE IF NOT EXISTS word_index USING "
            "fts5(text, content='words', content_rowid='id', tokenize='unicode61')");
        database.run("INSERT INTO word_index(word_index) VALUES('rebuild')");
        database.run(
            "CREATE TRIGGER word_added AFTER INSERT ON words BEGIN "
            "INSERT INTO word_index(rowid, text) VALUES (new.id, new.text); END");
        database.run(
            "CREATE TRIGGER word_removed AFTER DELETE ON words BEGIN "
            "INSERT INTO word_index(word_index, rowid, text) VALUES ('delete', old.id, old.text); END");
    } else {
        // Without the module a trigger that writes to the index would fail, so that no turn could be stored. The index
        // itself cannot be dropped without it either; it is made anew when the module is back.
        database.run("DROP TRIGGER word_added");
        database.run("DROP TRIGGER word_removed");
    }
    transaction.commit();
    return wanted;
}

void mendWordIndex(Database& database) {
    try {
        database.run("INSERT INTO word_index(word_index) VALUES('integrity-check')");
    } catch (const DamagedDatabase&) {
        database.run("INSERT INTO word_index(word_index) VALUES('rebuild')");
    }
}

void indexTurn(Database& database, TurnId turn, ConversationId conversation, const TurnContent& content) {
    QString text = content.text;
    for (const AttachedPicture& picture : content.pictures) text += u'\n' + picture.name;
    indexText(database, turn, conversation, text);
}

void indexTitle(Database& database, ConversationId conversation, const QString& title) {
    indexText(database, -conversation, conversation, title);
}

}  // namespace fusionscope::session
