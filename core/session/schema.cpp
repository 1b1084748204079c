#include "core/session/schema.h"

#include <array>

#include "core/files/printable.h"

namespace fusionscope::session {

namespace {

// References among the turns of a conversation are checked at the end of a transaction: a conversation goes as a whole,
// and a cascade from parent to child would be deeper than SQLite allows.
const QString firstVersion = R"(
CREATE TABLE conversation(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    folder TEXT NOT NULL,
    pinned INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    deleted INTEGER,
    root INTEGER REFERENCES turn(id) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE turn(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    parent INTEGER REFERENCES turn(id) DEFERRABLE INITIALLY DEFERRED,
    chosen INTEGER REFERENCES turn(id) DEFERRABLE INITIALLY DEFERRED,
    role TEXT NOT NULL CHECK(role IN ('system', 'user', 'assistant', 'task')),
    state TEXT NOT NULL CHECK(state IN ('complete', 'writing', 'interrupted')),
    created INTEGER NOT NULL,
    text TEXT NOT NULL,
    stop_reason TEXT NOT NULL,
    model_name TEXT NOT NULL,
    model_hash TEXT NOT NULL,
    settings TEXT,
    statistics TEXT,
    result TEXT);
CREATE TABLE turn_tokens(
    turn INTEGER PRIMARY KEY REFERENCES turn(id) ON DELETE CASCADE,
    tokens TEXT NOT NULL);
CREATE TABLE turn_picture(
    turn INTEGER NOT NULL REFERENCES turn(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    hash TEXT NOT NULL,
    name TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    origin TEXT,
    PRIMARY KEY(turn, position)) WITHOUT ROWID;
CREATE TABLE words(
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    text TEXT NOT NULL);
CREATE INDEX conversation_changed ON conversation(changed);
CREATE INDEX turn_conversation ON turn(conversation, created);
CREATE INDEX turn_parent ON turn(parent);
CREATE INDEX turn_chosen ON turn(chosen);
CREATE INDEX conversation_root ON conversation(root);
CREATE INDEX turn_unfinished ON turn(id) WHERE state = 'writing';
CREATE INDEX turn_picture_hash ON turn_picture(hash);
CREATE INDEX words_conversation ON words(conversation);
)";

const std::array allMigrations{firstVersion};

[[noreturn]] void refuseNewer(const Database& database) {
    throw Error("was written by a newer Fusionscope", database.file().string(),
                "Update Fusionscope, or choose another folder for the history.");
}

/// The file's version, 0 for an empty file.
qint64 versionOf(Database& database) {
    const qint64 version = database.number("PRAGMA user_version");
    const qint64 id = database.number("PRAGMA application_id");
    const bool empty = database.number("SELECT count(*) FROM sqlite_master") == 0;
    if (id == applicationId || (empty && id == 0)) return version;
    // Our tables under another program's name: the header is damaged, not the rest.
    if (database.number("SELECT count(*) FROM sqlite_master WHERE name IN ('conversation', 'turn', 'turn_picture')") == 3)
        throw DamagedDatabase("the header is damaged", database.file().string());
    throw Error("is a database of another program", database.file().string(), "Choose another folder for the history.");
}

}  // namespace

std::span<const QString> migrations() { return allMigrations; }

void migrate(Database& database, std::span<const QString> steps) {
    Transaction transaction(database);
    const qint64 version = versionOf(database);
    const auto newest = static_cast<qint64>(steps.size());
    if (version < 0 || version > newest) refuseNewer(database);
    if (version == newest) return;
    for (const QString& step : steps.subspan(static_cast<std::size_t>(version))) database.runScript(step);
    database.run(QString("PRAGMA application_id = %1").arg(applicationId));
    database.run(QString("PRAGMA user_version = %1").arg(newest));
    transaction.commit();
}

void requireNewest(Database& database) {
    const qint64 version = versionOf(database);
    const auto newest = static_cast<qint64>(migrations().size());
    if (version > newest) refuseNewer(database);
    if (version < newest)
        throw Error("was written by an older Fusionscope and must be brought up to date first",
                    database.file().string(), "Open it once for writing.");
}

std::string integrityProblem(Database& database, bool thorough) {
    std::string problem;
    try {
        Query query = database.run(thorough ? "PRAGMA integrity_check(5)" : "PRAGMA quick_check(5)");
        while (query.next()) {
            if (query.text(0) == "ok") continue;
            problem += (problem.empty() ? "" : "; ") + files::printable(query.text(0).toStdString(), 200);
        }
    } catch (const DamagedDatabase& error) {
        problem = error.problem();
    }
    return problem;
}

}  // namespace fusionscope::session
