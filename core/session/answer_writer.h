#pragma once

#include <QElapsedTimer>
#include <QTimer>

#include "core/session/store.h"

namespace fusionscope::session {

/// An answer on its way from the model to the disk: what has arrived is stored at least twice a second (the thread
/// needs an event loop for that while nothing arrives), so that little is lost when the program is killed.
class AnswerWriter {
  public:
    /// Stores an empty answer after `parent` and puts it on the active path.
    AnswerWriter(Store& store, ConversationId conversation, TurnId parent, const TurnContent& start);
    /// An answer that was never finished becomes Interrupted.
    ~AnswerWriter();
    AnswerWriter(const AnswerWriter&) = delete;
    AnswerWriter& operator=(const AnswerWriter&) = delete;

    /// The answer as it was begun.
    const Turn& turn() const { return m_turn; }
    /// All text so far.
    const QString& text() const { return m_text; }
    /// @throws Error when it cannot be stored; the text is kept and tried again
    void append(const QString& text);
    /// @param content everything but the role
    Turn finish(const TurnContent& content, const std::vector<Token>& tokens = {});

  private:
    void save();

    Store& m_store;
    Turn m_turn;
    QString m_text;
    bool m_finished = false, m_unsaved = false;
    QTimer m_timer;
    QElapsedTimer m_sinceSaved;
};

}  // namespace fusionscope::session
