#pragma once

#include <QStringList>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/session/conversation.h"
#include "core/session/media_store.h"

namespace fusionscope::session {

class Database;
class ProcessLock;

enum class Access {
    ReadWrite,  ///< by one process at a time
    ReadOnly    ///< beside a writer, or from a disk that cannot be written
};

struct StoreOptions {
    Access access = Access::ReadWrite;
    bool fullText = true;  ///< index words where SQLite can; without, a search reads every turn
};

/// What became of a database that was found damaged.
struct Damage {
    std::filesystem::path setAside;  ///< the damaged file, untouched
    qint64 conversations = 0;        ///< how many could be read and live on in the new database
    qint64 turns = 0;
    std::string problem;             ///< what SQLite found
};

/// What opening found out.
struct OpenReport {
    bool fullText = true;                 ///< false: SQLite has no FTS5, searches read every turn
    std::vector<TurnId> interrupted;      ///< answers that were being written when the program last ended
    std::optional<Damage> damage;
    std::vector<std::string> sentences;   ///< all of the above for the person; empty when all is well
};

/// What to look for. An empty search finds every conversation.
struct Search {
    QString words = {};    ///< all must stand in the texts, the title or pictures' names; "a phrase" in quotes
    QString picture = {};  ///< hash
    QDateTime from = {}, until = {};  ///< a turn was made at or after `from` and before `until`; invalid: no bound
    std::optional<QString> folder = {};
    bool pinnedOnly = false;
    bool deleted = false;  ///< among the deleted ones instead
    int limit = 500;
};

/// A run of characters.
struct TextRange {
    qsizetype begin = 0, length = 0;
    bool operator==(const TextRange&) const = default;
};

struct Hit {
    ConversationInfo conversation;
    TurnId turn = 0;               ///< the newest turn with one of the words; 0: the words stand in the title
    QString excerpt;               ///< of that turn; empty without words
    std::vector<TextRange> marks;  ///< the words in the excerpt
};

/// The history: conversations in an SQLite database (write-ahead log, foreign keys) and their pictures beside it.
///
/// Everything is on disk when a call returns, and each call is done wholly or not at all: the process may be killed at
/// any moment. All calls throw Error, a sentence that says what to do, when the database is locked by another program,
/// cannot be written, or the disk is full; what was stored before stays, and the call can be tried again. Pictures are
/// kept as long as a turn refers to them. An object belongs to the thread that made it; there may be several, one of
/// them for writing. Needs a QCoreApplication (Qt finds its SQLite driver through it).
class Store {
  public:
    /// Opens FOLDER/history.sqlite and FOLDER/media, making what is missing. Answers that were being written when the
    /// program last ended become Interrupted. A damaged database is set aside under another name and what can be read
    /// of it moves to a new one; report() tells. @throws Error also when another process has the history open for
    /// writing
    explicit Store(std::filesystem::path folder, const StoreOptions& options = {});
    ~Store();
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    /// Where it lies: another thread opens the same folder for reading.
    const std::filesystem::path& folder() const { return m_folder; }
    const OpenReport& report() const { return m_report; }
    MediaStore& media() { return m_media; }
    const MediaStore& media() const { return m_media; }

    // Conversations
    ConversationInfo create(const QString& title, const QString& folder = {});
    /// @throws Error when there is no such conversation (any more)
    Conversation load(ConversationId id) const;
    ConversationInfo info(ConversationId id) const;
    /// Newest change first.
    std::vector<Hit> search(const Search& search) const;
    /// Names of the folders in use, sorted.
    QStringList folders() const;
    void rename(ConversationId id, const QString& title);
    void setPinned(ConversationId id, bool pinned);
    void setFolder(ConversationId id, const QString& folder);
    /// Hides the conversation until it is restored or purged.
    void remove(ConversationId id);
    void restore(ConversationId id);
    /// Removes for good what was deleted before `deletedBefore`, and the pictures that nothing refers to any more.
    /// While a damaged database lies beside this one all pictures stay, as it may refer to them.
    /// Returns how many conversations went.
    int purge(const QDateTime& deletedBefore);

    // Turns
    /// Adds a turn after `parent` (0: as a first turn) and puts it on the active path.
    /// @throws Error when the parent is not of this conversation
    Turn append(ConversationId conversation, TurnId parent, const TurnContent& content,
                const std::vector<Token>& tokens = {});
    /// Puts a turn and all before it on the active path; after it the path goes on as it did when last shown.
    void choose(TurnId turn);
    std::vector<Token> tokens(TurnId turn) const;

    // An answer that arrives piece by piece; see AnswerWriter
    Turn beginAnswer(ConversationId conversation, TurnId parent, const TurnContent& content);
    /// Replaces the text of an answer that is being written.
    void saveAnswer(TurnId turn, const QString& text);
    /// Stores the whole answer; its role stays. `state` is Complete or Interrupted.
    Turn finishAnswer(TurnId turn, const TurnContent& content, const std::vector<Token>& tokens,
                      TurnState state = TurnState::Complete);

    /// Fills in the hash of the model that made a turn: reading a large model for it takes longer than an answer.
    void identifyModel(TurnId turn, const QString& hash);

    /// Stores a conversation as it is given, under new ids, in one step. `tokens` has one list for each turn.
    ConversationInfo add(const Conversation& conversation, const std::vector<std::vector<Token>>& tokens);

  private:
    void openForWriting(bool fullText);
    void recoverUnfinished();
    void change(ConversationId id, const QString& column, const QVariant& value);
    Turn addTurn(ConversationId conversation, TurnId parent, TurnState state, const TurnContent& content,
                 const std::vector<Token>& tokens);

    std::filesystem::path m_folder;
    MediaStore m_media;
    std::unique_ptr<ProcessLock> m_lock;
    std::unique_ptr<Database> m_database;
    OpenReport m_report;
};

}  // namespace fusionscope::session
