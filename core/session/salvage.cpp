#include "core/session/salvage.h"

#include <QDateTime>
#include <algorithm>
#include <cstdint>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <system_error>

#include "core/session/rows.h"
#include "core/session/turn_json.h"
#include "core/session/word_index.h"

namespace fusionscope::session {

namespace fs = std::filesystem;

namespace {

constexpr qint64 mostLookups = 20'000;

QString asidePrefix(const fs::path& file) { return toQString(file.stem()) + "-damaged-"; }

/// Whether SQLite could have given the id; after the greatest number there is it gives none any more.
bool isId(qint64 id) { return id > 0 && id < (qint64{1} << 53); }

/// The greatest id that a table ever had; 0 when that cannot be read either.
qint64 lastIdOf(Database& source, const QString& table) {
    try {
        return source.number("SELECT seq FROM sqlite_sequence WHERE name = ?", table);
    } catch (const Error&) {
        return 0;
    }
}

/// Calls `visit` for every row of a table with ids that can be read: from the front and from the back to the first
/// damaged page, and what lies between one by one.
void readRows(Database& source, const QString& columns, const QString& table,
              const std::function<void(Query&)>& visit) {
    const QString select = "SELECT " + columns + " FROM " + table + " NOT INDEXED";
    qint64 front = 0, back = 0;
    try {
        Query row = source.run(select + " ORDER BY id");
        while (row.next()) {
            front = row.integer(0);
            visit(row);
        }
        return;
    } catch (const DamagedDatabase&) {
    }
    try {
        Query row = source.run(select + " WHERE id > ? ORDER BY id DESC", front);
        while (row.next()) {
            back = row.integer(0);
            visit(row);
        }
    } catch (const DamagedDatabase&) {
    }
    const qint64 last = back > 0 ? back - 1 : lastIdOf(source, table);
    for (qint64 id = front + 1; id <= std::min(last, front + mostLookups); ++id) try {
            Query row = source.run(select + " WHERE id = ?", id);
            if (row.next()) visit(row);
        } catch (const DamagedDatabase&) {
        }
}

/// The conversations and turns that could be read.
struct Wreck {
    std::map<ConversationId, Conversation> conversations;
    std::map<TurnId, ConversationId> turns;
    std::map<TurnId, QString> tokens;
};

void readTokens(Database& source, TurnId turn, Wreck& wreck) {
    try {
        Query row = source.run("SELECT tokens FROM turn_tokens WHERE turn = ?", turn);
        if (!row.next()) return;
        tokensFromJson(row.json(0), {});  // throws when it is not whole
        wreck.tokens.emplace(turn, row.text(0));
    } catch (const Error&) {
    }
}

/// A turn by itself, without its pictures when only those are lost.
bool readTurnLeniently(Database& source, TurnId id, Turn& turn) {
    for (const bool withPictures : {true, false}) try {
            turn = readTurn(source, id, withPictures);
            turn = Turn{storable(static_cast<TurnContent&>(turn)), turn.id, turn.parent, turn.chosen, turn.state,
                        turn.created};
            return true;
        } catch (const Error&) {
        }
    return false;
}

Wreck readWreck(Database& source) {
    Wreck wreck;
    readRows(source, "id, title, folder, pinned, created, changed, deleted, coalesce(root, 0)", "conversation",
             [&](Query& row) {
                 if (!isId(row.integer(0))) return;
                 Conversation& conversation = wreck.conversations[row.integer(0)];
                 ConversationInfo& info = conversation.info;
                 info.id = row.integer(0);
                 info.title = storable(row.text(1));
                 info.folder = storable(row.text(2));
                 info.pinned = row.integer(3) != 0;
                 info.created = row.time(4);
                 info.changed = row.time(5);
                 info.deleted = row.time(6);
                 conversation.root = row.integer(7);
             });
    std::vector<std::pair<TurnId, ConversationId>> found;
    readRows(source, "id, conversation", "turn",
             [&](Query& row) { found.emplace_back(row.integer(0), row.integer(1)); });
    // Damaged pages can name one row twice.
    std::ranges::sort(found);
    const auto again = std::ranges::unique(found, {}, [](const auto& row) { return row.first; });
    found.erase(again.begin(), again.end());
    for (const auto& [id, owner] : found) {
        Turn turn;
        if (!isId(id) || !isId(owner) || !readTurnLeniently(source, id, turn)) continue;
        const auto parent = wreck.turns.find(turn.parent);
        if (parent == wreck.turns.end() || parent->second != owner) turn.parent = 0;
        Conversation& conversation = wreck.conversations[owner];
        if (conversation.info.id == 0) {
            conversation.info.id = owner;
            conversation.info.title = QStringLiteral("Recovered conversation");
            conversation.info.created = turn.created;
        }
        if (!conversation.info.changed.isValid()) conversation.info.changed = turn.created;
        conversation.turns.push_back(std::move(turn));
        wreck.turns.emplace(id, owner);
        readTokens(source, id, wreck);
    }
    return wreck;
}

Wreck readWreck(const fs::path& file) {
    try {
        Database source(file, Database::Mode::Salvage);
        return readWreck(source);
    } catch (const Error&) {
        return {};  // nothing of it is a database any more
    }
}

/// A file that goes with this object.
class TemporaryFile {
  public:
    explicit TemporaryFile(fs::path path) : m_path(std::move(path)) {}
    ~TemporaryFile() {
        for (const char* ending : {"", "-wal", "-shm"}) {
            std::error_code ignored;
            fs::remove(m_path.string() + ending, ignored);
        }
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    const fs::path& path() const { return m_path; }

  private:
    fs::path m_path;
};

/// The first 100 bytes of the databases that we write (sqlite.org/fileformat2.html#the_database_header). What only the
/// next writer needs, such as the list of free pages, is left empty.
std::string soundHeader(std::uintmax_t fileBytes) {
    constexpr std::uint32_t pageBytes = 4096, schemaFormat = 4, utf8 = 1;
    std::string header("SQLite format 3", 16);
    const auto bytes = [&](std::initializer_list<int> values) {
        for (const int value : values) header += static_cast<char>(value);
    };
    const auto number = [&](std::uint32_t value) {
        for (int shift = 24; shift >= 0; shift -= 8) header += static_cast<char>(value >> shift & 0xff);
    };
    bytes({pageBytes >> 8, pageBytes & 0xff, 2, 2, 0, 64, 32, 32});  // with a write-ahead log
    number(1);                                                       // counts changes
    number(static_cast<std::uint32_t>(fileBytes / pageBytes));
    for (const std::uint32_t value : {0U, 0U, 1U, schemaFormat, 0U, 0U, utf8, 0U, 0U, 0U}) number(value);
    header.resize(92, '\0');
    number(1);  // the change that the size above belongs to
    number(3'000'000);
    return header;
}

/// A copy whose header is as it was before the damage; none when it cannot be made.
std::unique_ptr<TemporaryFile> withMendedHeader(const fs::path& damaged) {
    auto copy = std::make_unique<TemporaryFile>(damaged.string() + ".mended");
    std::error_code error;
    fs::copy_file(damaged, copy->path(), fs::copy_options::overwrite_existing, error);
    const auto bytes = error ? 0 : fs::file_size(copy->path(), error);
    if (error) return nullptr;
    if (std::error_code none; fs::exists(damaged.string() + "-wal", none))
        fs::copy_file(damaged.string() + "-wal", copy->path().string() + "-wal", none);
    std::fstream file(copy->path(), std::ios::in | std::ios::out | std::ios::binary);
    file << soundHeader(bytes);
    return file.flush() ? std::move(copy) : nullptr;
}

/// Lets every choice point to a turn that is there: the old choice, or the newest.
void mendChoices(Conversation& conversation) {
    const auto mended = [&](TurnId choice, TurnId parent) {
        const auto children = conversation.children(parent);
        if (children.empty()) return TurnId{0};
        return std::ranges::find(children, choice) != children.end() ? choice : children.back();
    };
    conversation.root = mended(conversation.root, 0);
    for (Turn& turn : conversation.turns) turn.chosen = mended(turn.chosen, turn.id);
}

void write(Database& target, const Conversation& conversation, const Wreck& wreck) {
    const ConversationInfo& info = conversation.info;
    target.run(
        "INSERT INTO conversation(id, title, folder, pinned, created, changed, deleted, root) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        info.id, info.title, info.folder, qint64{info.pinned}, info.created.isValid() ? info.created : info.changed,
        info.changed, info.deleted, reference(conversation.root));
    indexTitle(target, info.id, info.title);
    for (const Turn& turn : conversation.turns) {
        insertTurn(target, info.id, turn, turn.id);
        target.run("UPDATE turn SET chosen = ? WHERE id = ?", reference(turn.chosen), turn.id);
        if (const auto tokens = wreck.tokens.find(turn.id); tokens != wreck.tokens.end())
            target.run("INSERT INTO turn_tokens(turn, tokens) VALUES (?, ?)", turn.id, tokens->second);
        indexTurn(target, turn.id, info.id, turn);
    }
}

}  // namespace

fs::path setAside(const fs::path& file) {
    const QString time = QDateTime::currentDateTimeUtc().toString("yyyyMMdd-HHmmss");
    fs::path aside;
    for (int attempt = 1; attempt == 1 || fs::exists(aside); ++attempt) {
        const QString again = attempt > 1 ? QString("-%1").arg(attempt) : QString();
        const QString name = asidePrefix(file) + time + again + toQString(file.extension());
        aside = file.parent_path() / name.toStdString();
    }
    for (const char* ending : {"-wal", "-shm", ""}) {
        std::error_code error;
        if (!fs::exists(file.string() + ending)) continue;
        fs::rename(file.string() + ending, aside.string() + ending, error);
        if (error)
            throw Error("is damaged and cannot be set aside: " + error.message(), file.string(),
                        "Rename the file yourself, then start Fusionscope again.");
    }
    return aside;
}

bool hasSetAside(const fs::path& file) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(file.parent_path(), error))
        if (toQString(entry.path().filename()).startsWith(asidePrefix(file))) return true;
    return false;
}

void salvage(Damage& damage, Database& target) {
    auto wreck = readWreck(damage.setAside);
    if (wreck.turns.empty())
        if (const auto mended = withMendedHeader(damage.setAside)) wreck = readWreck(mended->path());
    Transaction transaction(target);
    for (auto& [id, conversation] : wreck.conversations) {
        if (!conversation.info.changed.isValid()) continue;  // no date and no turns: not a conversation
        mendChoices(conversation);
        write(target, conversation, wreck);
        ++damage.conversations;
        damage.turns += static_cast<qint64>(conversation.turns.size());
    }
    transaction.commit();
}

}  // namespace fusionscope::session
