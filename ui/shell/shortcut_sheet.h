#pragma once

#include <QFrame>

class QTextBrowser;

namespace fusionscope::ui {

class Commands;

/// F1: every command with its shortcut, by menu.
class ShortcutSheet : public QFrame {
    Q_OBJECT

  public:
    ShortcutSheet(const Commands& commands, QWidget* parent);

    /// Shows it over the middle of the parent's window.
    void open();

  private:
    QString sheet() const;

    const Commands& m_commands;
    QTextBrowser* m_text;
};

}  // namespace fusionscope::ui
