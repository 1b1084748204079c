#include "core/session/word_index.h"

#include "core/session/words.h"

namespace fusionscope::session {

namespace {

void indexText(Database& database, qint64 id, ConversationId conversation, const QString& text) {
    database.run("DELETE FROM words WHERE id = ?", id);
    database.run("INSERT INTO words(id, conversation, text) VALUES (?, ?, ?)", id, conversation, fold(text).text);
}

}  // namespace

bool hasWordIndex(Database& database) {
    if (database.number("SELECT count(*) FROM sqlite_master WHERE name = 'word_index'") == 0) return false;
    try {
        database.number("SELECT count(*) FROM word_index WHERE word_index MATCH 'x'");
        return true;
    } catch (const DamagedDatabase&) {
        throw;
    } catch (const Error&) {
        return false;  // made where FTS5 was there, and it is not here
    }
}

bool setUpWordIndex(Database& database, bool wanted) {
    const bool present = hasWordIndex(database);
    const bool filled = database.number("SELECT count(*) FROM sqlite_master WHERE name = 'word_added'") > 0;
    if (wanted && present && filled) return true;
    Transaction transaction(database);
    // Without the module a trigger that writes to the index would fail, so that no turn could be stored.
    database.runScript("DROP TRIGGER IF EXISTS word_added;\nDROP TRIGGER IF EXISTS word_removed;\n");
    if (wanted) try {
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
        } catch (const DamagedDatabase&) {
            throw;
        } catch (const Error& error) {
            if (error.problem().find("no such module") == std::string::npos) throw;
            wanted = false;
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
