#pragma once

#include <string>
#include <vector>

#include "core/files/json.h"
#include "core/session/conversation.h"

namespace fusionscope::session {

QString toText(Role role);
QString toText(TurnState state);
/// Nothing when the text names none.
std::optional<Role> roleOf(const QString& text);
std::optional<TurnState> stateOf(const QString& text);

/// Tokens as rows [id, text, log-probability, [[id, text, log-probability], …]]; null stands for −∞.
nlohmann::json toJson(const std::vector<Token>& tokens);
/// @param where for messages. @throws Error naming the token that is malformed
std::vector<Token> tokensFromJson(const nlohmann::json& json, const std::string& where);

/// The content as it can be stored and read back the same: text that is no Unicode replaced, NaN in JSON become null.
/// @throws Error when JSON nests too deeply, or a picture's hash is none
TurnContent storable(const TurnContent& given);
QString storable(const QString& text);
std::vector<Token> storable(std::vector<Token> tokens);

}  // namespace fusionscope::session
