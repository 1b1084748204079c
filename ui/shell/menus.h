#pragma once

#include <QHash>
#include <QObject>
#include <QString>

class QAction;
class QMenu;
class QMenuBar;
class QWidget;

namespace fusionscope::ui {

class Commands;

/// Builds the menu bar from the commands, those that come later included. Commands of one part of the program (the id up
/// to its point) stand together.
class Menus : public QObject {
    Q_OBJECT

  public:
    /// @param window to which shortcuts belong, also while the menu bar is hidden
    Menus(Commands& commands, QMenuBar& bar, QWidget& window);

  private:
    void add(QAction* action, const QString& menu);

    QMenuBar& m_bar;
    QWidget& m_window;
    QHash<QString, QMenu*> m_menus;
    QMenu* m_help;
};

}  // namespace fusionscope::ui
