#pragma once

#include <QWidget>

namespace fusionscope::session {
class Store;
}

namespace fusionscope::ui {

struct Workspace;

/// All conversations: search, groups, and what can be done with one of them.
class HistoryPanel : public QWidget {
    Q_OBJECT

  public:
    HistoryPanel(Workspace& workspace, session::Store& store, QWidget* parent = nullptr);

    /// Reads the list again, as after a new turn.
    void refresh();

  signals:
    void conversationChosen(qint64 id);

  private:
    Workspace& m_workspace;
    session::Store& m_store;
};

}  // namespace fusionscope::ui
