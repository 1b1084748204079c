#include "ui/shell/menus.h"

#include <QMenu>
#include <QMenuBar>

#include "ui/common/commands.h"

namespace fusionscope::ui {

namespace {

QString partOf(const QAction* action) { return action->objectName().section('.', 0, 0); }

}  // namespace

Menus::Menus(Commands& commands, QMenuBar& bar, QWidget& window) : QObject(&window), m_bar(bar), m_window(window) {
    m_help = new QMenu(tr("&Help"), &bar);
    for (const auto& title : {tr("&File"), tr("&Edit"), tr("&View"), tr("&Model"), tr("&Inspect"), tr("&Window")})
        m_menus.insert(QString(title).remove('&'), bar.addMenu(title));
    bar.addMenu(m_help);
    m_menus.insert(m_help->title().remove('&'), m_help);
    for (auto* menu : m_menus) menu->menuAction()->setVisible(false);
    for (const auto& [action, menu] : commands.entries()) add(action, menu);
    connect(&commands, &Commands::added, this, &Menus::add);
}

void Menus::add(QAction* action, const QString& menuTitle) {
    // Single keys belong to the panel that asks for them, so that they can be typed everywhere else.
    if (action->shortcutContext() != Qt::WidgetWithChildrenShortcut) m_window.addAction(action);
    const auto plain = QString(menuTitle).remove('&');
    auto*& menu = m_menus[plain];
    if (!menu) {
        menu = new QMenu(menuTitle, &m_bar);
        m_bar.insertMenu(m_help->menuAction(), menu);
    }
    menu->menuAction()->setVisible(true);
    const auto present = menu->actions();
    qsizetype place = present.size();
    while (place > 0 && partOf(present[place - 1]) != partOf(action)) --place;
    if (place == 0) {  // the first of its part
        if (!present.isEmpty()) menu->addSeparator();
        menu->addAction(action);
    } else {
        menu->insertAction(place < present.size() ? present[place] : nullptr, action);
    }
}

}  // namespace fusionscope::ui
