#pragma once

#include <QWidget>

namespace fusionscope::session {
class Store;
}

namespace fusionscope::ui {

struct Workspace;

/// One conversation: the transcript and the composer under it.
class ChatPanel : public QWidget {
    Q_OBJECT

  public:
    ChatPanel(Workspace& workspace, session::Store& store, QWidget* parent = nullptr);

    /// Shows a conversation of the history. An answer that is being written elsewhere goes on.
    void openConversation(qint64 id);
    /// An empty one; it enters the history with its first question.
    void newConversation();
    /// Asks in the conversation that is shown, about the selected picture when it is a new one.
    void ask(const QString& question);

  signals:
    /// The conversation that is shown was made, chosen, or got another turn; 0 for a new one.
    void conversationChanged(qint64 id);

  private:
    Workspace& m_workspace;
    session::Store& m_store;
};

}  // namespace fusionscope::ui
