#pragma once

#include <QElapsedTimer>
#include <memory>
#include <optional>

#include "core/session/answer_writer.h"

namespace fusionscope::ui {

/// Writes an answer to the history while it arrives. All calls, and its end, belong into the history's thread.
///
/// What cannot be stored, as in a database that another program locks, is kept and tried again with what comes later.
class AnswerKeeper {
  public:
    /// @param begin role and model of the answer
    AnswerKeeper(session::ConversationId conversation, session::TurnId parent, const session::TurnContent& begin)
        : m_conversation(conversation), m_parent(parent), m_begin(begin) {}

    /// Nothing while the answer has no place in the history yet. @throws Error when it could not be stored now
    std::optional<session::Turn> append(session::Store& store, const QString& text);
    /// The whole answer. @throws Error when it cannot be stored; may be called again
    session::Turn finish(session::Store& store, const session::TurnContent& content,
                         const std::vector<session::Token>& tokens);
    /// Ends it; what has arrived stays, marked as interrupted. Nothing when nothing has, or it could not be stored.
    std::optional<session::Turn> interrupt(session::Store& store);

  private:
    void write(session::Store& store);

    session::ConversationId m_conversation;
    session::TurnId m_parent;
    session::TurnContent m_begin;
    QString m_unwritten;            // what the writer has not got yet
    QElapsedTimer m_sinceRefused;   // valid once something could not be stored
    std::unique_ptr<session::AnswerWriter> m_writer;  // from the first text on
};

}  // namespace fusionscope::ui
