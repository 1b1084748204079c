#pragma once

#include <QAction>
#include <QKeySequence>
#include <QObject>
#include <QString>
#include <functional>
#include <vector>

namespace fusionscope::ui {

/// Every command of the program: what menus, toolbars, the command list (Ctrl+K) and the shortcut sheet (F1) are made of.
///
/// A part of the window adds its commands once; nobody else needs to know them.
class Commands : public QObject {
    Q_OBJECT

  public:
    explicit Commands(QObject* parent) : QObject(parent) {}

    struct Entry {
        QAction* action;
        QString menu;  ///< title of the top-level menu it belongs to: "File", "View", …, translated
    };

    /// @param id stable and unique, "media.fit": settings and tests name commands by it (the action's objectName)
    /// @param menu translated title of its menu; @param text translated, with the mnemonic's ampersand
    /// @param icon name of a file in resources/icons without ".svg"; may be empty
    QAction* add(const QString& id, const QString& menu, const QString& text, const QKeySequence& shortcut,
                 const std::function<void()>& run, const QString& icon = {});
    const std::vector<Entry>& entries() const { return m_entries; }
    /// Null when there is no such command.
    QAction* find(const QString& id) const;

  signals:
    void added(QAction* action, const QString& menu);

  private:
    std::vector<Entry> m_entries;
};

}  // namespace fusionscope::ui
