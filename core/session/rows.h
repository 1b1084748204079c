#pragma once

#include "core/session/conversation.h"
#include "core/session/database.h"

/// Turns and conversations as rows. Writers leave the transaction to their caller.
namespace fusionscope::session {

/// All of a conversation but the tokens. @throws Error when there is no such conversation
Conversation readConversation(Database& database, ConversationId id);
ConversationInfo readInfo(Database& database, ConversationId id);
/// Conversations that fulfil a condition (SQL on `c`), newest change first.
std::vector<ConversationInfo> readInfos(Database& database, const QString& condition, QVariantList values, int limit);
Turn readTurn(Database& database, TurnId id, bool withPictures = true);

/// Adds the turn, without its `chosen`, and returns its id: `id`, or a new one for 0.
TurnId insertTurn(Database& database, ConversationId conversation, const Turn& turn, TurnId id = 0);
/// Writes a turn's content over what it has; the role stays.
void updateTurn(Database& database, TurnId id, const TurnContent& content, TurnState state);
void writeTokens(Database& database, TurnId turn, const std::vector<Token>& tokens);
void choose(Database& database, TurnId turn);

}  // namespace fusionscope::session
