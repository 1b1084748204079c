#include "ui/chat/history_panel.h"

#include "core/session/store.h"
#include "ui/common/workspace.h"

namespace fusionscope::ui {

HistoryPanel::HistoryPanel(Workspace& workspace, session::Store& store, QWidget* parent)
    : QWidget(parent), m_workspace(workspace), m_store(store) {}

void HistoryPanel::refresh() { m_store.search({}); }

}  // namespace fusionscope::ui
