#include "core/session/store.h"

#include <QSet>
#include <system_error>

#include "core/files/error.h"
#include "core/session/database.h"
#include "core/session/process_lock.h"
#include "core/session/rows.h"
#include "core/session/salvage.h"
#include "core/session/schema.h"
#include "core/session/turn_json.h"
#include "core/session/word_index.h"

namespace fusionscope::session {

namespace fs = std::filesystem;

namespace {

constexpr const char* databaseName = "history.sqlite";

QDateTime now() { return QDateTime::fromMSecsSinceEpoch(QDateTime::currentMSecsSinceEpoch(), Qt::UTC); }

/// The newest turn decides when a conversation changed last.
void touch(Database& database, ConversationId id, const QDateTime& when) {
    database.run("UPDATE conversation SET changed = ? WHERE id = ?", when, id);
}

std::string sentence(const Damage& damage) {
    return concat("The history was damaged (", damage.problem, "). It was set aside as ", damage.setAside.string(),
                  ", and what could be read of it is here again: ", damage.turns, " turns in ", damage.conversations,
                  " conversations.");
}

}  // namespace

Store::Store(fs::path folder, const StoreOptions& options) : m_folder(std::move(folder)), m_media(m_folder / "media") {
    if (options.access == Access::ReadOnly) {
        m_database = std::make_unique<Database>(m_folder / databaseName, Database::Mode::Read);
        requireNewest(*m_database);
        m_report.fullText = options.fullText && hasWordIndex(*m_database);
    } else {
        std::error_code error;
        fs::create_directories(m_folder, error);
        if (error)
            throw Error("cannot be made: " + error.message(), m_folder.string(),
                        "Choose another folder for the history.");
        m_lock = std::make_unique<ProcessLock>(m_folder / "lock");
        openForWriting(options.fullText);
        recoverUnfinished();
    }
    if (m_report.damage) m_report.sentences.push_back(sentence(*m_report.damage));
    if (!m_report.interrupted.empty())
        m_report.sentences.push_back(concat("The program ended while ", m_report.interrupted.size(),
                                            m_report.interrupted.size() == 1 ? " answer was" : " answers were",
                                            " being written; what had arrived is kept and marked."));
    if (!m_report.fullText)
        m_report.sentences.emplace_back(
            "SQLite has no full-text index (FTS5) here: a search reads every turn and takes longer.");
}

Store::~Store() = default;

void Store::openForWriting(bool fullText) {
    const fs::path file = m_folder / databaseName;
    // A log beside the database tells that the last session did not end by itself.
    const bool thorough = fs::exists(file.string() + "-wal");
    std::string problem;
    try {
        m_database = std::make_unique<Database>(file, Database::Mode::Write);
        problem = integrityProblem(*m_database, thorough);
        if (problem.empty()) {
            migrate(*m_database);
            m_report.fullText = setUpWordIndex(*m_database, fullText);
            if (m_report.fullText) mendWordIndex(*m_database);
        }
    } catch (const DamagedDatabase& error) {
        problem = error.problem();
    }
    if (problem.empty()) return;
    m_database.reset();
    m_report.damage = Damage{setAside(file), 0, 0, problem};
    m_database = std::make_unique<Database>(file, Database::Mode::Write);
    migrate(*m_database);
    m_report.fullText = setUpWordIndex(*m_database, fullText);
    salvage(*m_report.damage, *m_database);
}

void Store::recoverUnfinished() {
    Transaction transaction(*m_database);
    std::vector<std::pair<TurnId, ConversationId>> unfinished;
    Query row = m_database->run("SELECT id, conversation FROM turn WHERE state = 'writing' ORDER BY id");
    while (row.next()) unfinished.emplace_back(row.integer(0), row.integer(1));
    for (const auto& [id, conversation] : unfinished) {
        m_database->run("UPDATE turn SET state = 'interrupted' WHERE id = ?", id);
        indexTurn(*m_database, id, conversation, readTurn(*m_database, id));
        m_report.interrupted.push_back(id);
    }
    transaction.commit();
}

ConversationInfo Store::create(const QString& title, const QString& folder) {
    Transaction transaction(*m_database);
    const ConversationId id =
        m_database
            ->run("INSERT INTO conversation(title, folder, created, changed) VALUES (?, ?, ?, ?)", storable(title),
                  storable(folder), now(), now())
            .lastId();
    indexTitle(*m_database, id, title);
    ConversationInfo made = readInfo(*m_database, id);
    transaction.commit();
    return made;
}

Conversation Store::load(ConversationId id) const { return readConversation(*m_database, id); }
ConversationInfo Store::info(ConversationId id) const { return readInfo(*m_database, id); }

QStringList Store::folders() const {
    QStringList names;
    Query row = m_database->run(
        "SELECT DISTINCT folder FROM conversation WHERE folder <> '' AND deleted IS NULL ORDER BY folder");
    while (row.next()) names.push_back(row.text(0));
    return names;
}

void Store::rename(ConversationId id, const QString& title) {
    Transaction transaction(*m_database);
    change(id, "title", storable(title));
    indexTitle(*m_database, id, title);
    transaction.commit();
}

void Store::setPinned(ConversationId id, bool pinned) { change(id, "pinned", qint64{pinned}); }
void Store::setFolder(ConversationId id, const QString& folder) { change(id, "folder", bound(storable(folder))); }
void Store::remove(ConversationId id) { change(id, "deleted", bound(now())); }
void Store::restore(ConversationId id) { change(id, "deleted", bound(QDateTime())); }

void Store::change(ConversationId id, const QString& column, const QVariant& value) {
    if (m_database->run("UPDATE conversation SET " + column + " = ? WHERE id = ?", value, id).changes() == 0)
        readInfo(*m_database, id);  // tells that it is not there
}

int Store::purge(const QDateTime& deletedBefore) {
    Transaction transaction(*m_database);
    const int gone = m_database->run("DELETE FROM conversation WHERE deleted < ?", deletedBefore).changes();
    transaction.commit();
    if (hasSetAside(m_folder / databaseName)) return gone;
    QSet<QString> referenced;
    Query row = m_database->run("SELECT DISTINCT hash FROM turn_picture");
    while (row.next()) referenced.insert(row.text(0));
    m_media.removeAllBut(referenced);
    return gone;
}

Turn Store::addTurn(ConversationId conversation, TurnId parent, TurnState state, const TurnContent& content,
                    const std::vector<Token>& tokens) {
    Turn turn{storable(content), 0, parent, 0, state, now()};
    Transaction transaction(*m_database);
    readInfo(*m_database, conversation);
    if (parent != 0 && m_database->number("SELECT conversation FROM turn WHERE id = ?", parent) != conversation)
        throw Error("the turn before this one is not part of the conversation", m_database->file().string());
    turn.id = insertTurn(*m_database, conversation, turn);
    writeTokens(*m_database, turn.id, tokens);
    session::choose(*m_database, turn.id);
    // What is still being written is found once it is finished.
    if (state != TurnState::Writing) indexTurn(*m_database, turn.id, conversation, turn);
    touch(*m_database, conversation, turn.created);
    transaction.commit();
    return turn;
}

Turn Store::append(ConversationId conversation, TurnId parent, const TurnContent& content,
                   const std::vector<Token>& tokens) {
    return addTurn(conversation, parent, TurnState::Complete, content, tokens);
}

void Store::choose(TurnId turn) {
    Transaction transaction(*m_database);
    session::choose(*m_database, turn);
    transaction.commit();
}

std::vector<Token> Store::tokens(TurnId turn) const {
    Query row = m_database->run("SELECT tokens FROM turn_tokens WHERE turn = ?", turn);
    if (!row.next()) return {};
    try {
        return tokensFromJson(row.json(0), {});
    } catch (const Error& error) {
        throw Error(concat("the probabilities of turn ", turn, " are damaged: ", error.problem()),
                    m_database->file().string(), "The text of the answer is not affected.");
    }
}

Turn Store::beginAnswer(ConversationId conversation, TurnId parent, const TurnContent& content) {
    return addTurn(conversation, parent, TurnState::Writing, content, {});
}

void Store::saveAnswer(TurnId turn, const QString& text) {
    m_database->run("UPDATE turn SET text = ? WHERE id = ? AND state = 'writing'", storable(text), turn);
}

Turn Store::finishAnswer(TurnId turn, const TurnContent& content, const std::vector<Token>& tokens, TurnState state) {
    const TurnContent kept = storable(content);
    Transaction transaction(*m_database);
    updateTurn(*m_database, turn, kept, state);
    writeTokens(*m_database, turn, tokens);
    const ConversationId conversation = m_database->number("SELECT conversation FROM turn WHERE id = ?", turn);
    Turn finished = readTurn(*m_database, turn);
    indexTurn(*m_database, turn, conversation, finished);
    touch(*m_database, conversation, now());
    transaction.commit();
    return finished;
}

void Store::identifyModel(TurnId turn, const QString& hash) {
    m_database->run("UPDATE turn SET model_hash = ? WHERE id = ?", storable(hash), turn);
}

ConversationInfo Store::add(const Conversation& conversation, const std::vector<std::vector<Token>>& tokens) {
    const ConversationInfo& given = conversation.info;
    Transaction transaction(*m_database);
    const ConversationId id = m_database
                                  ->run("INSERT INTO conversation(title, folder, pinned, created, changed) "
                                        "VALUES (?, ?, ?, ?, ?)",
                                        storable(given.title), storable(given.folder), qint64{given.pinned},
                                        given.created, given.changed)
                                  .lastId();
    indexTitle(*m_database, id, given.title);
    QHash<TurnId, TurnId> newIds{{0, 0}};
    for (std::size_t i = 0; i < conversation.turns.size(); ++i) {
        Turn turn = conversation.turns[i];
        static_cast<TurnContent&>(turn) = storable(conversation.turns[i]);
        turn.parent = newIds.value(turn.parent);
        const TurnId newId = insertTurn(*m_database, id, turn);
        newIds.insert(conversation.turns[i].id, newId);
        if (i < tokens.size()) writeTokens(*m_database, newId, tokens[i]);
        indexTurn(*m_database, newId, id, turn);
    }
    for (const Turn& turn : conversation.turns)
        m_database->run("UPDATE turn SET chosen = ? WHERE id = ?", reference(newIds.value(turn.chosen)),
                        newIds.value(turn.id));
    m_database->run("UPDATE conversation SET root = ? WHERE id = ?", reference(newIds.value(conversation.root)), id);
    ConversationInfo made = readInfo(*m_database, id);
    transaction.commit();
    return made;
}

}  // namespace fusionscope::session
