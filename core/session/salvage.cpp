#include "core/session/salvage.h"

#include <QDateTime>
#include <functional>
#include <map>
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
    Wreck wreck;
    try {
        Database source(damage.setAside, Database::Mode::Salvage);
        wreck = readWreck(source);
    } catch (const Error&) {
        // Nothing of it is a database any more.
    }
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
