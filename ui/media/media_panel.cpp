#include "ui/media/media_panel.h"

#include "ui/common/workspace.h"

namespace fusionscope::ui {

MediaPanel::MediaPanel(Workspace& workspace, QWidget* parent) : QWidget(parent), m_workspace(workspace) {}

void MediaPanel::open(const QStringList& paths) { m_workspace.pictures.open(paths); }

}  // namespace fusionscope::ui
