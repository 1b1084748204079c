#pragma once

#include <QFrame>
#include <QList>

class QAction;
class QLineEdit;
class QListWidget;

namespace fusionscope::ui {

class Commands;

/// Ctrl+K: every command by name. Typing narrows the list, arrows choose, Enter runs, Esc closes.
class CommandList : public QFrame {
    Q_OBJECT

  public:
    CommandList(const Commands& commands, QWidget* parent);

    /// Shows it over the top of the parent's window.
    void open();

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void fill();
    void run();

    const Commands& m_commands;
    QLineEdit* m_search;
    QListWidget* m_list;
};

}  // namespace fusionscope::ui
