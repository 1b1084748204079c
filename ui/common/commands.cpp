#include "ui/common/commands.h"

#include "ui/common/icons.h"

namespace fusionscope::ui {

QAction* Commands::add(const QString& id, const QString& menu, const QString& text, const QKeySequence& shortcut,
                       const std::function<void()>& run, const QString& iconName) {
    auto* action = new QAction(text, this);
    action->setObjectName(id);
    action->setShortcut(shortcut);
    if (!iconName.isEmpty()) action->setIcon(icon(iconName));
    QString plain = text;
    plain.remove(u'&');
    action->setToolTip(shortcut.isEmpty() ? plain
                                          : plain + " (" + shortcut.toString(QKeySequence::NativeText) + ')');
    connect(action, &QAction::triggered, this, run);
    m_entries.push_back({action, menu});
    emit added(action, menu);
    return action;
}

QAction* Commands::find(const QString& id) const {
    for (const auto& entry : m_entries)
        if (entry.action->objectName() == id) return entry.action;
    return nullptr;
}

}  // namespace fusionscope::ui
