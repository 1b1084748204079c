#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAbstractSlider>
#include <QComboBox>
#include <QDrag>
#include <QFile>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QRandomGenerator>
#include <QTimer>
#include <QWheelEvent>
#include <functional>
#include <map>

#include "tests/ui/shell/window_driver.h"
#include "tests/ui/stall_watchdog.h"
#include "ui/chat/chat_panel.h"
#include "ui/media/media_panel.h"
#include "ui/media/picture_view.h"
#include "ui/models/known_models.h"
#include "ui/models/models_panel.h"

using namespace fusionscope;
using namespace fusionscope::tests;

namespace {

constexpr int actions = 500;
/// Milliseconds; the aim is 50. A monkey does in a second what a person does in minutes, on a machine that others use too.
constexpr double stallLimit = 2000;

/// A person who does not know what they do, but does much the same again for the same seed.
class Monkey {
  public:
    Monkey(WindowDriver& driver, quint32 seed, const QString& folder) : m_driver(driver), m_random(seed), m_folder(folder) {
        QFile broken(folder + "/broken.png");
        if (broken.open(QIODevice::WriteOnly)) broken.write("no picture");
        // Menus, dialogs and words that are dragged keep whoever began that waiting; they are left again.
        m_closer.setInterval(20);
        m_closer.callOnTimeout([this] {
            QDrag::cancel();
            if (auto* popup = QApplication::activePopupWidget()) leave(popup);
            if (auto* dialog = QApplication::activeModalWidget()) dialog->close();
        });
        m_closer.start();
    }

    static void leaveAll() {
        while (auto* popup = QApplication::activePopupWidget()) {
            popup->close();
            if (QApplication::activePopupWidget() == popup) break;
        }
    }

    /// Does something and returns what it was.
    QString act() {
        QString what;
        switch (m_random.bounded(12)) {
            case 0:
            case 1:
            case 2: what = click(); break;
            case 3: what = press(); break;
            case 4: what = type(); break;
            case 5:
            case 6: what = command(); break;
            case 7: what = turnTheWheel(); break;
            case 8: what = drag(); break;
            case 9: what = drop(); break;
            case 10: what = resize(); break;
            default: what = ask(); break;
        }
        QTest::qWait(static_cast<int>(m_random.bounded(20)));
        return what + std::exchange(m_left, {});
    }

  private:
    template <class Item>
    Item any(const QList<Item>& items) {
        return items.isEmpty() ? Item{} : items.at(m_random.bounded(items.size()));
    }
    QPoint placeIn(const QWidget& widget) {
        return {static_cast<int>(m_random.bounded(std::max(1, widget.width()))),
                static_cast<int>(m_random.bounded(std::max(1, widget.height())))};
    }
    static QString nameOf(const QWidget& widget) {
        return QString(widget.metaObject()->className()) + " “" + widget.accessibleName() + "”";
    }

    /// Everything of the window that can be clicked, but the list of models: what it does to files is no toy.
    QWidget* anyWidget() {
        QList<QWidget*> widgets;
        for (auto* widget : m_driver.window().findChildren<QWidget*>()) {
            const auto* models = m_driver.window().findChild<ui::ModelsPanel*>();
            if (!widget->isVisible() || !widget->isEnabled() || models->isAncestorOf(widget)) continue;
            if (widget->focusPolicy() != Qt::NoFocus || qobject_cast<QAbstractButton*>(widget)) widgets.append(widget);
        }
        return any(widgets);
    }
    static QWidget* touched(QWidget* widget) {
        auto* area = qobject_cast<QAbstractScrollArea*>(widget);
        return area ? area->viewport() : widget;
    }

    QString click() {
        auto* widget = anyWidget();
        if (!widget) return "nothing to click";
        const auto what = "click on " + nameOf(*widget);
        const auto buttons = {Qt::LeftButton, Qt::LeftButton, Qt::LeftButton, Qt::RightButton};
        const auto button = *(buttons.begin() + m_random.bounded(4));
        auto* target = touched(widget);
        const auto at = placeIn(*target);
        if (m_random.bounded(6) == 0)
            QTest::mouseDClick(target, Qt::LeftButton, {}, at);
        else
            QTest::mouseClick(target, button, m_random.bounded(5) == 0 ? Qt::ShiftModifier : Qt::NoModifier, at);
        return what;
    }

    QString press() {
        static const QList<Qt::Key> keys{Qt::Key_Tab,  Qt::Key_Return, Qt::Key_Escape, Qt::Key_Space,  Qt::Key_Left, Qt::Key_Right,
                                         Qt::Key_Up,   Qt::Key_Down,   Qt::Key_Home,   Qt::Key_End,    Qt::Key_PageUp,
                                         Qt::Key_PageDown, Qt::Key_Delete, Qt::Key_Backspace, Qt::Key_F6, Qt::Key_Plus, Qt::Key_1,
                                         Qt::Key_B,    Qt::Key_I,      Qt::Key_M,      Qt::Key_F2};
        static const QList<Qt::KeyboardModifier> modifiers{Qt::NoModifier, Qt::NoModifier, Qt::NoModifier, Qt::ShiftModifier,
                                                           Qt::ControlModifier};
        const auto key = any(keys);
        auto* focus = QApplication::focusWidget() ? QApplication::focusWidget() : &m_driver.window();
        const auto what = QString("key %1 in %2").arg(key).arg(nameOf(*focus));
        QTest::keyClick(focus, key, any(modifiers));
        return what;
    }

    QString type() {
        auto* focus = QApplication::focusWidget();
        static const QStringList texts{"What place is this?", "ü ß 🚢 \"", "<b>&amp;</b>", "    ", "%1 %n", "0", "-1e9"};
        if (!qobject_cast<QLineEdit*>(focus) && !qobject_cast<QPlainTextEdit*>(focus)) return "nowhere to type";
        const auto what = "typing in " + nameOf(*focus);
        QKeyEvent event(QEvent::KeyPress, Qt::Key_unknown, Qt::NoModifier, any(texts));
        QApplication::sendEvent(focus, &event);
        return what;
    }

    QString command() {
        QList<QAction*> all;
        for (const auto& [action, menu] : m_driver.workspace().commands.entries())
            if (action->isEnabled() && !isForbidden(action)) all.append(action);
        auto* action = any(all);
        action->trigger();
        return "command " + action->objectName();
    }
    static bool isForbidden(const QAction* action) {
        return action->objectName() == "file.quit" || action->text().startsWith("int");
    }

    QString turnTheWheel() {
        auto* widget = anyWidget();
        if (!widget) return "nothing to turn the wheel on";
        auto* target = touched(widget);
        const QPointF at = placeIn(*target);
        const int angle = m_random.bounded(2) ? 120 : -120;
        QWheelEvent event(at, target->mapToGlobal(at), {}, {0, angle}, Qt::NoButton,
                          m_random.bounded(4) ? Qt::NoModifier : Qt::ControlModifier, Qt::NoScrollPhase, false);
        QApplication::sendEvent(target, &event);
        return "wheel on " + nameOf(*widget);
    }

    QString drag() {
        auto* view = m_driver.window().findChild<ui::PictureView*>();
        QWidget* widget = m_random.bounded(2) && view->isVisible() ? view : anyWidget();
        if (!widget) return "nothing to drag";
        const auto what = "drag in " + nameOf(*widget);
        auto* target = touched(widget);
        QTest::mousePress(target, Qt::LeftButton, {}, placeIn(*target));
        for (int i = 0; i < 4; ++i) QTest::mouseMove(target, placeIn(*target));
        QTest::mouseRelease(target, Qt::LeftButton, {}, placeIn(*target));
        return what;
    }

    QString drop() {
        const auto golden = QString(FUSIONSCOPE_SOURCE_DIR) + "/tests/golden/";
        const QStringList paths{samplePicture("world-sea.png"), beachPicture(), samplePicture("coffee.jpg"),
                                m_folder + "/broken.png",       m_folder,       m_folder + "/is not there.png",
                                golden + "florence-vl/phi3-tiny-a/model"};
        QMimeData data;
        QList<QUrl> urls;
        for (auto count = m_random.bounded(4); count > 0; --count) urls.append(QUrl::fromLocalFile(any(paths)));
        data.setUrls(urls);
        QWidget* target = any(QList<QWidget*>{&m_driver.window(), m_driver.window().findChild<ui::MediaPanel*>(),
                                              m_driver.window().findChild<ui::ChatPanel*>()});
        QDragEnterEvent enter(QPoint(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(target, &enter);
        QDropEvent dropped(QPointF(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        if (enter.isAccepted()) QApplication::sendEvent(target, &dropped);
        return QString("drop of %1 files").arg(urls.size());
    }
    static QString beachPicture() { return samplePicture("world-beach.png"); }

    QString resize() {
        const QSize size(640 + static_cast<int>(m_random.bounded(1000)), 480 + static_cast<int>(m_random.bounded(600)));
        m_driver.window().resize(size);
        return QString("resize to %1 × %2").arg(size.width()).arg(size.height());
    }

    QString ask() {
        m_driver.window().findChild<ui::ChatPanel*>()->ask("What place is this?");
        return "question";
    }

    /// Chooses something from a menu, or leaves it.
    void leave(QWidget* popup) {
        m_left += ", " + nameOf(*popup) + " left";
        auto* menu = qobject_cast<QMenu*>(popup);
        QList<QAction*> choices;
        for (auto* action : menu ? menu->actions() : QList<QAction*>())
            if (action->isEnabled() && !action->isSeparator() && !action->menu() && !isForbidden(action)) choices.append(action);
        auto* choice = m_random.bounded(2) ? any(choices) : nullptr;
        leaveAll();
        if (!choice) return;
        m_left += ", “" + choice->text() + "” chosen";
        QTimer::singleShot(0, choice, &QAction::trigger);  // it may open what keeps it waiting
    }

    WindowDriver& m_driver;
    QRandomGenerator m_random;
    QString m_folder, m_left;
    QTimer m_closer;
};

}  // namespace

class MonkeyTest : public QObject {
    Q_OBJECT

  private slots:
    void survivesRandomActions();

  private:
    /// Everything closed and stopped, the window has only what it always has.
    static qsizetype widgetsAtRest(WindowDriver& driver) {
        Monkey::leaveAll();
        driver.window().findChild<ui::ModelsPanel*>()->hide();
        driver.window().models().worker().stopAll();
        driver.workspace().worker.stopAll();
        if (!driver.awaitIdle()) return -1;
        driver.trigger("layout.inspect");
        driver.trigger("chat.new");
        const auto order = driver.workspace().pictures.order();
        for (const auto& hash : order) driver.workspace().pictures.close(hash);
        driver.workspace().selection.setPicture({});
        if (!driver.awaitIdle()) return -1;
        QTest::qWait(200);
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        return QApplication::allWidgets().size();
    }

    OwnSettings m_settings;
};

void MonkeyTest::survivesRandomActions() {
    bool given = false;
    auto seed = qEnvironmentVariable("FUSIONSCOPE_MONKEY_SEED").toUInt(&given);
    if (!given) seed = QRandomGenerator::global()->generate();
    qInfo("seed %u (FUSIONSCOPE_MONKEY_SEED repeats it)", seed);
    QTemporaryDir data, files;
    WindowDriver driver(data.path());
    driver.start({{samplePicture("world-sea.png")}, {}, "inspect", {}});
    QVERIFY(driver.awaitModel());
    Monkey monkey(driver, seed, files.path());
    QTest::qWait(500);

    StallWatchdog watchdog;
    QStringList latest;
    std::multimap<double, QString, std::greater<>> stalls;  // what was done when the window stood still for more than 50 ms
    QList<qsizetype> widgets;
    for (int i = 1; i <= actions; ++i) {
        latest.append(QString("%1: %2").arg(i).arg(monkey.act()));
        if (qEnvironmentVariableIsSet("FUSIONSCOPE_MONKEY_TELLS")) qInfo("%s", qPrintable(latest.last()));
        if (latest.size() > 8) latest.removeFirst();
        for (const auto stall : watchdog.takeStalls()) stalls.emplace(stall, latest.last());
        QVERIFY2(watchdog.longest() < stallLimit,
                 qPrintable(QString("a stall of %1 ms during\n").arg(watchdog.longest()) + latest.join('\n')));
        QVERIFY2(driver.window().isVisible(), qPrintable("the window is gone after\n" + latest.join('\n')));
        if (i % (actions / 5) == 0) widgets.append(widgetsAtRest(driver));
    }
    QStringList counts;
    for (const auto count : widgets) counts += QString::number(count);
    qInfo("longest stall %.0f ms (aim: 50 ms); widgets at rest after each fifth: %s", watchdog.longest(),
          qPrintable(counts.join(", ")));
    for (const auto& [stall, action] : stalls) qInfo("%4.0f ms: %s", stall, qPrintable(action));
    QVERIFY(!widgets.contains(-1));
    // Some are made when they are first used, such as the list of a box; what is made again and again would be hundreds.
    QVERIFY2(widgets.last() <= widgets.first() + 60, qPrintable(counts.join(", ")));
    // And it still works.
    driver.window().openAndAsk(samplePicture("world-beach.png"), "What place is this?");
    QVERIFY(driver.awaitAnswer());
}

QTEST_MAIN(MonkeyTest)
#include "monkey_test.moc"
