#include "core/session/turn_json.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/files/error.h"
#include "core/session/media_store.h"

namespace fusionscope::session {

using nlohmann::json;

namespace {

constexpr int deepestJson = 24;
constexpr double minusInfinity = -std::numeric_limits<double>::infinity();

constexpr std::pair<Role, const char*> roleNames[] = {
    {Role::System, "system"}, {Role::User, "user"}, {Role::Assistant, "assistant"}, {Role::Task, "task"}};
constexpr std::pair<TurnState, const char*> stateNames[] = {{TurnState::Complete, "complete"},
                                                            {TurnState::Writing, "writing"},
                                                            {TurnState::Interrupted, "interrupted"}};

template <class Value, std::size_t count>
QString nameOf(Value value, const std::pair<Value, const char*> (&names)[count]) {
    for (const auto& [candidate, name] : names)
        if (candidate == value) return name;
    return {};
}

template <class Value, std::size_t count>
std::optional<Value> valueOf(const QString& text, const std::pair<Value, const char*> (&names)[count]) {
    for (const auto& [value, name] : names)
        if (text == name) return value;
    return std::nullopt;
}

json number(double logProbability) { return std::isfinite(logProbability) ? json(logProbability) : json(nullptr); }

/// A row's first three cells.
template <class Scored>
Scored scoredFrom(const json& row, std::size_t cells, const std::string& where) {
    const bool sound = row.is_array() && row.size() == cells && row[0].is_number_integer() && row[1].is_string() &&
                       (row[2].is_number() || row[2].is_null());
    if (!sound) throw Error("a token is not of the form [id, text, log-probability, …]", where);
    Scored scored;
    scored.id = row[0].get<qint64>();
    scored.text = QString::fromStdString(row[1].get_ref<const std::string&>());
    scored.logProbability = row[2].is_null() ? minusInfinity : row[2].get<double>();
    return scored;
}

bool nestsDeeper(const json& value, int levels) {
    if (levels == 0) return true;
    return value.is_structured() &&
           std::ranges::any_of(value, [&](const json& inner) { return nestsDeeper(inner, levels - 1); });
}

/// @throws Error before anything walks down too far, be it to copy the value
void requireShallow(const json& value) {
    if (nestsDeeper(value, deepestJson)) throw Error("JSON of a turn nests deeper than 24 levels", "turn");
}

json storable(const json& value) {
    if (value.is_null()) return value;
    return json::parse(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace

QString toText(Role role) { return nameOf(role, roleNames); }
QString toText(TurnState state) { return nameOf(state, stateNames); }
std::optional<Role> roleOf(const QString& text) { return valueOf(text, roleNames); }
std::optional<TurnState> stateOf(const QString& text) { return valueOf(text, stateNames); }

json toJson(const std::vector<Token>& tokens) {
    json rows = json::array();
    for (const Token& token : tokens) {
        json alternatives = json::array();
        for (const Alternative& other : token.alternatives)
            alternatives.push_back(json::array({other.id, other.text.toStdString(), number(other.logProbability)}));
        rows.push_back(json::array(
            {token.id, token.text.toStdString(), number(token.logProbability), std::move(alternatives)}));
    }
    return rows;
}

std::vector<Token> tokensFromJson(const json& rows, const std::string& where) {
    if (!rows.is_array()) throw Error("tokens are not a list", where);
    std::vector<Token> tokens;
    tokens.reserve(rows.size());
    for (const json& row : rows) {
        auto token = scoredFrom<Token>(row, 4, where);
        if (!row[3].is_array()) throw Error("a token's alternatives are not a list", where);
        for (const json& other : row[3]) token.alternatives.push_back(scoredFrom<Alternative>(other, 3, where));
        tokens.push_back(std::move(token));
    }
    return tokens;
}

QString storable(const QString& text) {
    QString sound = QString::fromUtf8(text.toUtf8());
    // Reading UTF-8 drops a mark at the beginning, once each time.
    while (sound.startsWith(QChar(QChar::ByteOrderMark))) sound.remove(0, 1);
    return sound;
}

TurnContent storable(const TurnContent& given) {
    for (const json* value : {&given.settings, &given.statistics, &given.result}) requireShallow(*value);
    for (const AttachedPicture& picture : given.pictures) requireShallow(picture.origin);
    TurnContent content = given;
    content.text = storable(content.text);
    content.stopReason = storable(content.stopReason);
    content.model.name = storable(content.model.name);
    content.model.hash = storable(content.model.hash);
    for (json* value : {&content.settings, &content.statistics, &content.result}) *value = storable(*value);
    for (AttachedPicture& picture : content.pictures) {
        if (!isHash(picture.hash)) throw Error("a picture has no SHA-256", picture.name.toStdString());
        picture.name = storable(picture.name);
        picture.origin = storable(picture.origin);
    }
    return content;
}

std::vector<Token> storable(std::vector<Token> tokens) {
    for (Token& token : tokens) {
        token.text = storable(token.text);
        if (!std::isfinite(token.logProbability)) token.logProbability = minusInfinity;
        for (Alternative& other : token.alternatives) {
            other.text = storable(other.text);
            if (!std::isfinite(other.logProbability)) other.logProbability = minusInfinity;
        }
    }
    return tokens;
}

}  // namespace fusionscope::session
