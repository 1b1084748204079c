#include "ui/chat/chat_panel.h"

#include "core/session/store.h"
#include "ui/common/workspace.h"

namespace fusionscope::ui {

ChatPanel::ChatPanel(Workspace& workspace, session::Store& store, QWidget* parent)
    : QWidget(parent), m_workspace(workspace), m_store(store) {}

void ChatPanel::openConversation(qint64 id) { emit conversationChanged(m_store.info(id).id); }
void ChatPanel::newConversation() { m_workspace.answer.set(nullptr); }
void ChatPanel::ask(const QString&) {}

}  // namespace fusionscope::ui
