#include "core/session/answer_writer.h"

#include "core/files/error.h"

namespace fusionscope::session {

namespace {

constexpr int savePeriod = 400;  // milliseconds

}  // namespace

AnswerWriter::AnswerWriter(Store& store, ConversationId conversation, TurnId parent, const TurnContent& start)
    : m_store(store), m_turn(store.beginAnswer(conversation, parent, start)), m_text(m_turn.text) {
    m_timer.setSingleShot(true);
    m_timer.setInterval(savePeriod);
    m_timer.callOnTimeout([this] {
        try {
            save();
        } catch (const Error&) {
            m_timer.start();  // the next append() tells, if it is still so
        }
    });
    m_sinceSaved.start();
}

AnswerWriter::~AnswerWriter() {
    if (m_finished) return;
    try {
        TurnContent content = m_turn;
        content.text = m_text;
        m_store.finishAnswer(m_turn.id, content, {}, TurnState::Interrupted);
    } catch (const Error&) {
        // What was saved last stays, and is marked when the store is opened again.
    }
}

void AnswerWriter::append(const QString& text) {
    m_text += text;
    m_unsaved = true;
    if (m_sinceSaved.hasExpired(savePeriod))
        save();
    else if (!m_timer.isActive())
        m_timer.start();
}

void AnswerWriter::save() {
    if (!m_unsaved) return;
    m_sinceSaved.restart();
    m_store.saveAnswer(m_turn.id, m_text);
    m_unsaved = false;
    m_timer.stop();
}

Turn AnswerWriter::finish(const TurnContent& content, const std::vector<Token>& tokens) {
    Turn finished = m_store.finishAnswer(m_turn.id, content, tokens);
    m_finished = true;
    m_timer.stop();
    return finished;
}

}  // namespace fusionscope::session
