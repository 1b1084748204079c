#pragma once

#include <QStringList>
#include <QWidget>

namespace fusionscope::ui {

struct Workspace;

/// The pictures: header, the picture itself with everything drawn on it, a status line, and a strip of all open ones.
class MediaPanel : public QWidget {
    Q_OBJECT

  public:
    explicit MediaPanel(Workspace& workspace, QWidget* parent = nullptr);

    /// Opens picture files and the pictures in folders, as if they had been dropped on the panel.
    void open(const QStringList& paths);

  private:
    Workspace& m_workspace;
};

}  // namespace fusionscope::ui
