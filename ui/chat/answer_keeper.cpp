#include "ui/chat/answer_keeper.h"

#include <utility>

#include "core/files/error.h"

namespace fusionscope::ui {

namespace {

/// A database that is locked keeps the thread waiting at each attempt; pieces of text come far more often.
constexpr int refusalPause = 3000;  // milliseconds

}  // namespace

void AnswerKeeper::write(session::Store& store) {
    if (m_writer) {
        m_writer->append(std::exchange(m_unwritten, {}));  // the writer keeps it whatever happens
        return;
    }
    m_begin.text = m_unwritten;
    m_writer = std::make_unique<session::AnswerWriter>(store, m_conversation, m_parent, m_begin);
    m_unwritten.clear();
}

std::optional<session::Turn> AnswerKeeper::append(session::Store& store, const QString& text) {
    m_unwritten += text;
    if (!m_sinceRefused.isValid() || m_sinceRefused.hasExpired(refusalPause)) try {
            write(store);
        } catch (const Error&) {
            m_sinceRefused.start();
            throw;
        }
    return m_writer ? std::optional(m_writer->turn()) : std::nullopt;
}

session::Turn AnswerKeeper::finish(session::Store& store, const session::TurnContent& content,
                                   const std::vector<session::Token>& tokens) {
    if (!m_writer) write(store);
    auto turn = m_writer->finish(content, tokens);
    m_writer.reset();
    return turn;
}

std::optional<session::Turn> AnswerKeeper::interrupt(session::Store& store) {
    if (!m_unwritten.isEmpty()) try {
            write(store);
        } catch (const Error&) {
            // There is nothing more to be done for it.
        }
    if (!m_writer) return std::nullopt;
    auto turn = m_writer->turn();
    turn.text = m_writer->text();
    turn.state = session::TurnState::Interrupted;
    m_writer.reset();
    return turn;
}

}  // namespace fusionscope::ui
