#pragma once

#include <QString>

#include "core/session/conversation.h"
#include "core/session/database.h"

/// The table of folded words and, where SQLite has FTS5, the index over it. A turn's row has the turn's id, a title's
/// row the conversation's id with a minus.
namespace fusionscope::session {

/// Makes or drops the index. @return whether it is there: SQLite may lack FTS5
bool setUpWordIndex(Database& database, bool wanted);
bool hasWordIndex(Database& database);
/// What is wrong with the index is mended by making it anew from the table.
void mendWordIndex(Database& database);

void indexTurn(Database& database, TurnId turn, ConversationId conversation, const TurnContent& content);
void indexTitle(Database& database, ConversationId conversation, const QString& title);

}  // namespace fusionscope::session
