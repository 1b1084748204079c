#include "core/session/rows.h"

#include "core/session/turn_json.h"

namespace fusionscope::session {

namespace {

const QString turnColumns =
    "id, coalesce(parent, 0), coalesce(chosen, 0), role, state, created, text, stop_reason, model_name, model_hash, "
    "settings, statistics, result";

Turn turnFrom(const Query& row) {
    Turn turn;
    turn.id = row.integer(0);
    turn.parent = row.integer(1);
    turn.chosen = row.integer(2);
    turn.role = roleOf(row.text(3)).value_or(Role::User);
    turn.state = stateOf(row.text(4)).value_or(TurnState::Complete);
    turn.created = row.time(5);
    turn.text = row.text(6);
    turn.stopReason = row.text(7);
    turn.model = {row.text(8), row.text(9)};
    turn.settings = row.json(10);
    turn.statistics = row.json(11);
    turn.result = row.json(12);
    return turn;
}

/// @param first column of the hash
AttachedPicture pictureFrom(const Query& row, int first) {
    AttachedPicture picture;
    picture.hash = row.text(first);
    picture.name = row.text(first + 1);
    picture.width = static_cast<int>(row.integer(first + 2));
    picture.height = static_cast<int>(row.integer(first + 3));
    picture.bytes = row.integer(first + 4);
    picture.origin = row.json(first + 5);
    return picture;
}

void writePictures(Database& database, TurnId turn, const std::vector<AttachedPicture>& pictures) {
    qint64 position = 0;
    for (const AttachedPicture& picture : pictures)
        database.run(
            "INSERT INTO turn_picture(turn, position, hash, name, width, height, bytes, origin) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            turn, position++, picture.hash, picture.name, qint64{picture.width}, qint64{picture.height}, picture.bytes,
            picture.origin);
}

[[noreturn]] void refuseAbsent(const Database& database, const char* what) {
    throw Error(concat("holds no such ", what), database.file().string(), "It was removed for good.");
}

}  // namespace

std::vector<ConversationInfo> readInfos(Database& database, const QString& condition, QVariantList values, int limit) {
    values.append(limit);
    Query row = database.run(
        "SELECT c.id, c.title, c.folder, c.pinned, c.created, c.changed, c.deleted, "
        "(SELECT count(*) FROM turn t WHERE t.conversation = c.id), "
        "(SELECT p.hash FROM turn t JOIN turn_picture p ON p.turn = t.id WHERE t.conversation = c.id "
        "ORDER BY t.id, p.position LIMIT 1) "
        "FROM conversation c WHERE " +
            condition + " ORDER BY c.changed DESC, c.id DESC LIMIT ?",
        values);
    std::vector<ConversationInfo> infos;
    while (row.next()) {
        ConversationInfo info;
        info.id = row.integer(0);
        info.title = row.text(1);
        info.folder = row.text(2);
        info.pinned = row.integer(3) != 0;
        info.created = row.time(4);
        info.changed = row.time(5);
        info.deleted = row.time(6);
        info.turns = row.integer(7);
        info.firstPicture = row.text(8);
        infos.push_back(std::move(info));
    }
    return infos;
}

ConversationInfo readInfo(Database& database, ConversationId id) {
    auto infos = readInfos(database, "c.id = ?", {id}, 1);
    if (infos.empty()) refuseAbsent(database, "conversation");
    return std::move(infos.front());
}

Conversation readConversation(Database& database, ConversationId id) {
    Conversation conversation;
    conversation.info = readInfo(database, id);
    conversation.root = database.number("SELECT coalesce(root, 0) FROM conversation WHERE id = ?", id);
    Query row = database.run("SELECT " + turnColumns + " FROM turn WHERE conversation = ? ORDER BY id", id);
    while (row.next()) conversation.turns.push_back(turnFrom(row));
    Query picture = database.run(
        "SELECT p.turn, p.hash, p.name, p.width, p.height, p.bytes, p.origin FROM turn_picture p "
        "JOIN turn t ON t.id = p.turn WHERE t.conversation = ? ORDER BY p.turn, p.position",
        id);
    while (picture.next())
        if (Turn* turn = conversation.find(picture.integer(0))) turn->pictures.push_back(pictureFrom(picture, 1));
    return conversation;
}

Turn readTurn(Database& database, TurnId id, bool withPictures) {
    Query row = database.run("SELECT " + turnColumns + " FROM turn WHERE id = ?", id);
    if (!row.next()) refuseAbsent(database, "turn");
    Turn turn = turnFrom(row);
    if (!withPictures) return turn;
    Query picture = database.run(
        "SELECT hash, name, width, height, bytes, origin FROM turn_picture WHERE turn = ? ORDER BY position", id);
    while (picture.next()) turn.pictures.push_back(pictureFrom(picture, 0));
    return turn;
}

TurnId insertTurn(Database& database, ConversationId conversation, const Turn& turn, TurnId id) {
    const Query added = database.run(
        "INSERT INTO turn(id, conversation, parent, role, state, created, text, stop_reason, model_name, model_hash, "
        "settings, statistics, result) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        reference(id), conversation, reference(turn.parent), toText(turn.role), toText(turn.state), turn.created,
        turn.text, turn.stopReason, turn.model.name, turn.model.hash, turn.settings, turn.statistics, turn.result);
    id = added.lastId();
    writePictures(database, id, turn.pictures);
    return id;
}

void updateTurn(Database& database, TurnId id, const TurnContent& content, TurnState state) {
    database.run(
        "UPDATE turn SET state = ?, text = ?, stop_reason = ?, model_name = ?, model_hash = ?, settings = ?, "
        "statistics = ?, result = ? WHERE id = ?",
        toText(state), content.text, content.stopReason, content.model.name, content.model.hash, content.settings,
        content.statistics, content.result, id);
    database.run("DELETE FROM turn_picture WHERE turn = ?", id);
    writePictures(database, id, content.pictures);
}

void writeTokens(Database& database, TurnId turn, const std::vector<Token>& tokens) {
    database.run("DELETE FROM turn_tokens WHERE turn = ?", turn);
    if (!tokens.empty())
        database.run("INSERT INTO turn_tokens(turn, tokens) VALUES (?, ?)", turn, toJson(storable(tokens)));
}

void choose(Database& database, TurnId turn) {
    const QString ancestors =
        "WITH RECURSIVE up(id, parent, conversation) AS (SELECT id, parent, conversation FROM turn WHERE id = ? "
        "UNION SELECT t.id, t.parent, t.conversation FROM up JOIN turn t ON t.id = up.parent) ";
    database.run(ancestors +
                     "UPDATE turn SET chosen = up.id FROM up WHERE turn.id = up.parent AND turn.chosen IS NOT up.id",
                 turn);
    database.run(ancestors +
                     "UPDATE conversation SET root = up.id FROM up WHERE up.parent IS NULL AND "
                     "conversation.id = up.conversation AND conversation.root IS NOT up.id",
                 turn);
}

}  // namespace fusionscope::session
