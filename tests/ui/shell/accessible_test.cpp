#include <QAbstractItemView>
#include <QAbstractButton>
#include <QAccessible>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QTabBar>

#include "tests/ui/shell/window_driver.h"

using namespace fusionscope;
using namespace fusionscope::tests;

/// What people meet who work without a mouse or without seeing: names, roles and the keyboard, in the whole window.
class AccessibleTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void namesEveryControl_data() { listPlaces(); }
    void namesEveryControl();
    void tellsWhatEveryFocusableWidgetIs_data() { listPlaces(); }
    void tellsWhatEveryFocusableWidgetIs();
    void reachesEveryButtonByKeyboard_data() { listPlaces(); }
    void reachesEveryButtonByKeyboard();
    void saysEveryRowOfEveryList_data() { listPlaces(); }
    void saysEveryRowOfEveryList();
    void holdsEveryCommandInAMenu();
    void goesThroughAllPanelsByKeyboard();

  private:
    void listPlaces();
    /// Opens a place of listPlaces(). @return the widget that holds it
    QWidget* open(const QString& place);

    OwnSettings m_settings;
    QTemporaryDir m_data;
    std::unique_ptr<WindowDriver> m_driver;
};

namespace {

QString pathOf(const QWidget* widget) {
    QStringList names;
    for (; widget; widget = widget->parentWidget())
        names.prepend(widget->accessibleName().isEmpty() ? widget->metaObject()->className() : widget->accessibleName());
    return names.join('/');
}

/// Hidden widgets too: they show one day. Those that the person cannot reach are Qt's own parts of a control.
template <class Visit>
void visit(QWidget* root, const Visit& look) {
    QList<QWidget*> widgets = root->findChildren<QWidget*>();
    widgets.prepend(root);
    for (auto* widget : widgets)
        if (!widget->objectName().startsWith("qt_") && !widget->inherits("QTableCornerButton") &&
            !widget->inherits("QLineEditIconButton"))
            look(widget);
}

/// Is spoken with the control it belongs to, such as a spin box's field.
bool isPart(const QAccessibleInterface* item) {
    const auto* parent = item->parent();
    if (!parent) return false;
    static const QSet<QAccessible::Role> wholes{QAccessible::SpinBox,   QAccessible::ComboBox, QAccessible::MenuBar,
                                                QAccessible::PopupMenu, QAccessible::PageTabList, QAccessible::ScrollBar};
    return wholes.contains(parent->role());
}

const QSet<QAccessible::Role> controls{
    QAccessible::PushButton, QAccessible::ButtonMenu,  QAccessible::CheckBox, QAccessible::RadioButton, QAccessible::EditableText,
    QAccessible::ComboBox,   QAccessible::Slider,      QAccessible::SpinBox,  QAccessible::List,        QAccessible::Tree,
    QAccessible::Table,      QAccessible::PageTabList, QAccessible::ProgressBar, QAccessible::Graphic,  QAccessible::Chart,
    QAccessible::Canvas,     QAccessible::Link,        QAccessible::ButtonDropDown, QAccessible::Dial};

/// A button or label whose words come when it is shown.
bool waitsForItsWords(const QWidget* widget) {
    const auto* button = qobject_cast<const QAbstractButton*>(widget);
    if (button) return !button->isVisible() && button->text().isEmpty() && button->icon().isNull();
    const auto* label = qobject_cast<const QLabel*>(widget);
    return label && label->text().isEmpty();
}

}  // namespace

void AccessibleTest::initTestCase() {
    QSettings().clear();
    m_driver = std::make_unique<WindowDriver>(m_data.path());
    m_driver->start({{}, {}, "inspect", {}});
    m_driver->window().openAndAsk(samplePicture("world-beach.png"), "What place is this?");
    QVERIFY(m_driver->awaitAnswer());
    QVERIFY(m_driver->awaitIdle());
}

void AccessibleTest::listPlaces() {
    QTest::addColumn<QString>("place");
    for (const auto* place : {"atlas", "align", "ablate", "chat settings", "models", "commands", "shortcuts"})
        QTest::newRow(place) << place;
}

QWidget* AccessibleTest::open(const QString& place) {
    auto& window = m_driver->window();
    const auto popup = [&](const char* command, const char* type) {
        m_driver->trigger(command);
        QWidget* found = nullptr;
        for (auto* widget : QApplication::allWidgets())
            if (widget->isVisible() && widget->inherits(type)) found = widget;
        return found;
    };
    if (place == "chat settings") return popup("chat.settings", "fusionscope::ui::ChatSettings");
    if (place == "models") return popup("model.list", "fusionscope::ui::ModelsPanel");
    if (place == "commands") return popup("help.commands", "fusionscope::ui::CommandList");
    if (place == "shortcuts") return popup("help.shortcuts", "fusionscope::ui::ShortcutSheet");
    const QStringList pages{"atlas", "align", "ablate"};
    window.findChild<QWidget*>("inspector")->findChild<QTabBar*>()->setCurrentIndex(int(pages.indexOf(place)));
    return &window;
}

void AccessibleTest::namesEveryControl() {
    QFETCH(QString, place);
    auto* root = open(place);
    QVERIFY(root);
    QStringList nameless;
    int seen = 0;
    visit(root, [&](QWidget* widget) {
        auto* item = QAccessible::queryAccessibleInterface(widget);
        if (!item || !controls.contains(item->role()) || isPart(item) || waitsForItsWords(widget)) return;
        ++seen;
        if (item->text(QAccessible::Name).trimmed().isEmpty()) nameless.append(pathOf(widget));
    });
    if (root != &m_driver->window()) root->close();
    QVERIFY(seen > 0 || place == "shortcuts");  // those are a text
    QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join('\n')));
}

void AccessibleTest::tellsWhatEveryFocusableWidgetIs() {
    QFETCH(QString, place);
    auto* root = open(place);
    QVERIFY(root);
    static const QSet<QAccessible::Role> nothing{QAccessible::NoRole, QAccessible::Client, QAccessible::Pane, QAccessible::Window,
                                                 QAccessible::Grouping, QAccessible::Whitespace, QAccessible::LayeredPane};
    QStringList vague;
    visit(root, [&](QWidget* widget) {
        if (widget->focusPolicy() == Qt::NoFocus || widget->focusProxy() || widget->isWindow()) return;
        auto* item = QAccessible::queryAccessibleInterface(widget);
        if (!item || isPart(item)) return;
        if (nothing.contains(item->role()))
            vague.append(QString("%1 has role %2").arg(pathOf(widget)).arg(item->role()));
        else if (item->text(QAccessible::Name).trimmed().isEmpty() && !waitsForItsWords(widget))
            vague.append(pathOf(widget) + " has no name");
    });
    if (root != &m_driver->window()) root->close();
    QVERIFY2(vague.isEmpty(), qPrintable(vague.join('\n')));
}

void AccessibleTest::reachesEveryButtonByKeyboard() {
    QFETCH(QString, place);
    auto* root = open(place);
    QVERIFY(root);
    QSet<QString> commands;
    for (const auto& [action, menu] : m_driver->workspace().commands.entries()) commands.insert(action->text().remove('&'));
    QStringList unreachable;
    visit(root, [&](QWidget* widget) {
        const auto* button = qobject_cast<QAbstractButton*>(widget);
        if (!button || button->focusPolicy() & Qt::TabFocus || isPart(QAccessible::queryAccessibleInterface(widget))) return;
        auto* item = QAccessible::queryAccessibleInterface(widget);
        if (!commands.contains(item->text(QAccessible::Name))) unreachable.append(pathOf(widget));
    });
    if (root != &m_driver->window()) root->close();
    QVERIFY2(unreachable.isEmpty(), qPrintable(unreachable.join('\n')));
}

void AccessibleTest::saysEveryRowOfEveryList() {
    QFETCH(QString, place);
    auto* root = open(place);
    QVERIFY(root);
    QStringList silent;
    const auto look = [&](const QAbstractItemView* view, const QModelIndex& parent, const auto& again) -> void {
        for (int row = 0; row < view->model()->rowCount(parent); ++row) {
            const auto index = view->model()->index(row, 0, parent);
            const auto spoken = index.data(Qt::AccessibleTextRole).toString() + index.data(Qt::DisplayRole).toString();
            if (spoken.trimmed().isEmpty()) silent.append(QString("%1, row %2").arg(pathOf(view)).arg(row));
            again(view, index, again);
        }
    };
    visit(root, [&](QWidget* widget) {
        if (const auto* view = qobject_cast<const QAbstractItemView*>(widget); view && view->model()) look(view, {}, look);
    });
    if (root != &m_driver->window()) root->close();
    QVERIFY2(silent.isEmpty(), qPrintable(silent.join('\n')));
}

void AccessibleTest::holdsEveryCommandInAMenu() {
    QSet<QAction*> inMenus;
    for (const auto* menu : m_driver->window().findChild<QMenuBar*>()->actions())
        for (auto* action : menu->menu()->actions()) inMenus.insert(action);
    for (const auto& [action, menu] : m_driver->workspace().commands.entries())
        QVERIFY2(inMenus.contains(action), qPrintable(action->objectName()));
}

void AccessibleTest::goesThroughAllPanelsByKeyboard() {
    open("atlas");
    auto& window = m_driver->window();
    window.activateWindow();
    QSet<QString> panels;
    for (int press = 0; press < 4; ++press) {
        m_driver->trigger("window.next");
        const auto* focused = QApplication::focusWidget();
        QVERIFY(focused);
        for (const auto* dock : {"history", "chat", "inspector"})
            if (window.findChild<QWidget*>(dock)->isAncestorOf(focused)) panels.insert(dock);
        if (window.centralWidget()->isAncestorOf(focused)) panels.insert("centre");
    }
    QCOMPARE(panels.size(), 4);
}

QTEST_MAIN(AccessibleTest)
#include "accessible_test.moc"
