#include "core/session/document.h"

#include "core/files/error.h"
#include "core/files/printable.h"
#include "core/session/database.h"
#include "core/session/media_store.h"
#include "core/session/turn_json.h"

namespace fusionscope::session {

using files::Fields;
using nlohmann::json;

namespace {

constexpr const char* formatName = "fusionscope-conversation";
constexpr int64_t formatVersion = 1;

std::string utf8(const QString& text) { return text.toStdString(); }
std::string utf8(const QDateTime& time) { return utf8(time.toUTC().toString(Qt::ISODateWithMs)); }

json pictureJson(const AttachedPicture& picture) {
    return {{"hash", utf8(picture.hash)}, {"name", utf8(picture.name)},   {"width", picture.width},
            {"height", picture.height},   {"bytes", picture.bytes}, {"origin", picture.origin}};
}

json turnJson(const Turn& turn, const QHash<TurnId, int64_t>& numbers, const std::vector<Token>& tokens) {
    json pictures = json::array();
    for (const AttachedPicture& picture : turn.pictures) pictures.push_back(pictureJson(picture));
    const TurnState state = turn.state == TurnState::Writing ? TurnState::Interrupted : turn.state;
    return {{"parent", numbers.value(turn.parent)},
            {"chosen", numbers.value(turn.chosen)},
            {"role", utf8(toText(turn.role))},
            {"state", utf8(toText(state))},
            {"created", utf8(turn.created)},
            {"text", utf8(turn.text)},
            {"pictures", std::move(pictures)},
            {"stopReason", utf8(turn.stopReason)},
            {"model", {{"name", utf8(turn.model.name)}, {"hash", utf8(turn.model.hash)}}},
            {"settings", turn.settings},
            {"statistics", turn.statistics},
            {"result", turn.result},
            {"tokens", toJson(tokens)}};
}

QString textOf(const Fields& fields, std::string_view key) { return storable(toQString(fields.text(key))); }

QDateTime timeOf(const Fields& fields, std::string_view key) {
    const auto time = QDateTime::fromString(toQString(fields.text(key)), Qt::ISODateWithMs);
    if (!time.isValid()) fields.refuse(key, "is no time of the form 2026-01-31T12:00:00.000Z");
    return time.toUTC();
}

json valueOf(const Fields& fields, std::string_view key) {
    const json* value = fields.find(key);
    return value ? *value : json();
}

/// A list that must be there.
const json& listOf(const Fields& fields, std::string_view key) {
    const json* list = fields.find(key);
    if (!list || !list->is_array()) fields.refuse(key, "is not a list");
    return *list;
}

AttachedPicture pictureFrom(const Fields& fields) {
    AttachedPicture picture;
    picture.hash = textOf(fields, "hash");
    if (!isHash(picture.hash)) fields.refuse("hash", "is no SHA-256 in hexadecimal");
    picture.name = textOf(fields, "name");
    picture.width = static_cast<int>(fields.integer("width", {0, 1'000'000'000}));
    picture.height = static_cast<int>(fields.integer("height", {0, 1'000'000'000}));
    picture.bytes = fields.integer("bytes", {0, std::numeric_limits<int64_t>::max()});
    picture.origin = valueOf(fields, "origin");
    return picture;
}

/// @param number of this turn, counted from 1. @param turns in the file
Turn turnFrom(const Fields& fields, int64_t number, int64_t turns) {
    Turn turn;
    turn.id = number;
    turn.parent = fields.integer("parent", {0, number - 1});
    // A choice is checked against the parents once all turns are known.
    turn.chosen = fields.integer("chosen", {0, turns});
    const auto role = roleOf(textOf(fields, "role"));
    if (!role) fields.refuse("role", "is none of system, user, assistant, task");
    const auto state = stateOf(textOf(fields, "state"));
    if (!state || state == TurnState::Writing) fields.refuse("state", "is none of complete, interrupted");
    turn.role = *role;
    turn.state = *state;
    turn.created = timeOf(fields, "created");
    turn.text = textOf(fields, "text");
    for (const json& picture : listOf(fields, "pictures"))
        turn.pictures.push_back(pictureFrom(Fields(picture, fields.where() + ", picture")));
    turn.stopReason = textOf(fields, "stopReason");
    const Fields model = fields.object("model");
    turn.model = {textOf(model, "name"), textOf(model, "hash")};
    turn.settings = valueOf(fields, "settings");
    turn.statistics = valueOf(fields, "statistics");
    turn.result = valueOf(fields, "result");
    return turn;
}

void requireChoice(const Conversation& conversation, TurnId parent, TurnId chosen, const std::string& where) {
    const Turn* turn = conversation.find(chosen);
    if (chosen != 0 && (!turn || turn->parent != parent))
        throw Error(concat("turn ", chosen, " is chosen after turn ", parent, " but does not follow it"), where);
}

}  // namespace

json toJson(const Document& document) {
    const Conversation& conversation = document.conversation;
    QHash<TurnId, int64_t> numbers{{0, 0}};
    for (const Turn& turn : conversation.turns) numbers.insert(turn.id, numbers.size());
    json turns = json::array();
    for (std::size_t i = 0; i < conversation.turns.size(); ++i)
        turns.push_back(turnJson(conversation.turns[i], numbers, document.tokens[i]));
    json pictures = json::object();
    for (const auto& [hash, bytes] : document.pictures.asKeyValueRange())
        pictures[utf8(hash)] = bytes.toBase64().toStdString();
    return {{"format", formatName},
            {"version", formatVersion},
            {"title", utf8(conversation.info.title)},
            {"folder", utf8(conversation.info.folder)},
            {"pinned", conversation.info.pinned},
            {"created", utf8(conversation.info.created)},
            {"changed", utf8(conversation.info.changed)},
            {"root", numbers.value(conversation.root)},
            {"turns", std::move(turns)},
            {"pictures", std::move(pictures)}};
}

Document documentFromJson(const json& value, const std::string& where) {
    const Fields fields(value, where);
    if (!fields.has("format") || *fields.find("format") != json(formatName))
        throw Error("is no conversation of Fusionscope", where, "Choose a file that Fusionscope exported.");
    if (fields.integer("version", {1, std::numeric_limits<int64_t>::max()}) > formatVersion)
        throw Error("was exported by a newer Fusionscope", where, "Update Fusionscope.");

    Document document;
    Conversation& conversation = document.conversation;
    conversation.info.title = textOf(fields, "title");
    conversation.info.folder = textOf(fields, "folder");
    conversation.info.pinned = fields.flag("pinned");
    conversation.info.created = timeOf(fields, "created");
    conversation.info.changed = timeOf(fields, "changed");
    const json& turns = listOf(fields, "turns");
    const auto count = static_cast<int64_t>(turns.size());
    for (int64_t number = 1; number <= count; ++number) {
        const std::string turnWhere = concat(where, ", turn ", number);
        const Fields turn(turns[static_cast<std::size_t>(number - 1)], turnWhere);
        conversation.turns.push_back(turnFrom(turn, number, count));
        document.tokens.push_back(tokensFromJson(listOf(turn, "tokens"), turnWhere));
    }
    conversation.root = fields.integer("root", {0, count});
    requireChoice(conversation, 0, conversation.root, where);
    for (const Turn& turn : conversation.turns) requireChoice(conversation, turn.id, turn.chosen, where);
    for (const auto& [hash, base64] : fields.object("pictures").json().items()) {
        if (!base64.is_string()) throw Error("picture " + files::inQuotes(hash) + " is not a text", where);
        const auto text = QByteArray::fromStdString(base64.get_ref<const std::string&>());
        document.pictures.insert(toQString(hash), pictureFromBase64(text, toQString(hash), where));
    }
    return document;
}

QByteArray pictureFromBase64(const QByteArray& base64, const QString& hash, const std::string& where) {
    const auto decoded = QByteArray::fromBase64Encoding(base64, QByteArray::AbortOnBase64DecodingErrors);
    if (!decoded || hashOf(*decoded) != hash)
        throw Error("picture " + files::inQuotes(hash.toStdString()) + " does not hold the bytes that its name states",
                    where, "The file is damaged; export it again.");
    return *decoded;
}

}  // namespace fusionscope::session
