#include <QAbstractButton>
#include <QAbstractScrollArea>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QStyleOptionComboBox>
#include <QStyleOptionFrame>
#include <QTabBar>
#include <QToolButton>

#include "tests/ui/shell/window_driver.h"
#include "ui/shell/language.h"

using namespace fusionscope;
using namespace fusionscope::tests;

/// No text is cut, in German too, whose words are longer. tests/CMakeLists.txt runs it at a scale of 200 % as well.
class FitTest : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        m_data = std::make_unique<QTemporaryDir>();
        QSettings().clear();
    }
    void cleanup() { QLocale::setDefault(QLocale::c()); }
    void seesACutText();
    void showsTheStartWhole_data() { listLanguages(); }
    void showsTheStartWhole();
    void showsEveryLayoutWhole_data() { listLanguages(); }
    void showsEveryLayoutWhole();
    void showsDialogsWhole_data() { listLanguages(); }
    void showsDialogsWhole();
    void fitsOnAFullHdScreenAt200Percent_data() { listLanguages(); }
    void fitsOnAFullHdScreenAt200Percent();

  private:
    void listLanguages();
    OwnSettings m_settings;
    std::unique_ptr<QTemporaryDir> m_data;
};

namespace {

constexpr QSize windowSize(1280, 800);

/// Room for a control's one line of text, in logical pixels.
int roomIn(const QWidget* widget) {
    if (const auto* box = qobject_cast<const QComboBox*>(widget)) {
        QStyleOptionComboBox option;
        option.initFrom(box);
        option.editable = box->isEditable();
        return box->style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, box).width();
    }
    QStyleOptionFrame option;
    option.initFrom(widget);
    const auto margins = static_cast<const QLineEdit*>(widget)->textMargins();
    return widget->style()->subElementRect(QStyle::SE_LineEditContents, &option, widget).width() - margins.left() - margins.right() - 4;
}

/// How a widget's text is cut; empty when it is whole. A label may be cut where its tool tip holds the whole text.
QString cutIn(const QWidget* widget) {
    const auto narrow = [&](const QString& text, int needed, int room) {
        return needed <= room ? QString() : QString("“%1” needs %2, has %3").arg(text).arg(needed).arg(room);
    };
    if (const auto* label = qobject_cast<const QLabel*>(widget)) {
        if (label->text().isEmpty() || !label->toolTip().isEmpty()) return {};
        if (label->wordWrap()) return narrow(label->text(), label->heightForWidth(label->width()), label->height());
        return narrow(label->text(), label->sizeHint().width(), label->width());
    }
    if (const auto* button = qobject_cast<const QAbstractButton*>(widget)) {
        const auto* tool = qobject_cast<const QToolButton*>(widget);
        if (button->text().isEmpty() || (tool && tool->toolButtonStyle() == Qt::ToolButtonIconOnly && !tool->icon().isNull())) return {};
        return narrow(button->text(), button->sizeHint().width(), button->width()) +
               narrow(button->text(), button->sizeHint().height(), button->height());
    }
    if (const auto* bar = qobject_cast<const QTabBar*>(widget)) return narrow(bar->tabText(0) + "…", bar->sizeHint().width(), bar->width());
    if (const auto* box = qobject_cast<const QComboBox*>(widget))
        return narrow(box->currentText(), box->fontMetrics().horizontalAdvance(box->currentText()), roomIn(box));
    if (const auto* edit = qobject_cast<const QLineEdit*>(widget)) {
        const auto text = edit->text().isEmpty() ? edit->placeholderText() : QString();
        return narrow(text, edit->fontMetrics().horizontalAdvance(text), roomIn(edit));
    }
    if (const auto* header = qobject_cast<const QHeaderView*>(widget)) {
        QString cut;
        for (int i = 0; i < header->count(); ++i)
            cut += narrow(header->model()->headerData(i, header->orientation()).toString(), header->sectionSizeHint(i), header->sectionSize(i));
        return cut;
    }
    return {};
}

/// Sticks out of what it stands in, where nothing scrolls.
bool isClipped(const QWidget* widget) {
    const auto* parent = widget->parentWidget();
    if (!parent || widget->isWindow() || qobject_cast<const QAbstractScrollArea*>(parent->parentWidget())) return false;
    return !parent->rect().contains(widget->geometry());
}

QStringList cutTexts(const QWidget* root) {
    QStringList cut;
    for (const auto* widget : root->findChildren<QWidget*>()) {
        if (!widget->isVisible() || widget->objectName().startsWith("qt_")) continue;
        const auto what = cutIn(widget);
        const auto type = QString(widget->metaObject()->className());
        if (!what.isEmpty()) cut.append(type + ": " + what);
        const bool hasText = qobject_cast<const QLabel*>(widget) || qobject_cast<const QAbstractButton*>(widget);
        if (hasText && isClipped(widget)) cut.append(type + " sticks out: " + widget->accessibleName() + cutIn(widget));
    }
    return cut;
}

/// The same when layouts have come to rest: some are arranged again once they know their width.
QStringList cutTextsAtRest(const QWidget* root) {
    if (QTest::qWaitFor([root] { return cutTexts(root).isEmpty(); }, 2000)) return {};
    return cutTexts(root);
}

}  // namespace

void FitTest::listLanguages() {
    QTest::addColumn<QString>("language");
    for (const auto& language : ui::Language::all()) QTest::newRow(qPrintable(language)) << language;
}

void FitTest::seesACutText() {
    QWidget window;
    auto* label = new QLabel("a text that is too long", &window);
    auto* line = new QLineEdit(&window);
    line->setPlaceholderText("a text that is too long");
    label->resize(label->sizeHint());
    line->resize(400, 30);
    window.show();
    QVERIFY(cutTexts(&window).isEmpty());
    label->resize(40, 20);
    line->resize(40, 30);
    QCOMPARE(cutTexts(&window).size(), 2);
}

void FitTest::showsTheStartWhole() {
    QFETCH(QString, language);
    const ui::Language chosen(language);
    WindowDriver driver(m_data->path());
    driver.window().resize(windowSize);
    for (const auto* layout : {"chat", "inspect"}) {
        driver.start({{}, {}, layout, {}});
        driver.window().resize(windowSize);
        driver.window().layouts().reset();
        QVERIFY(driver.awaitIdle());
        QTest::qWait(50);
        QCOMPARE(driver.window().size(), windowSize);
        const auto cut = cutTextsAtRest(&driver.window());
        QVERIFY2(cut.isEmpty(), qPrintable(QString(layout) + ":\n" + cut.join('\n')));
    }
}

void FitTest::showsEveryLayoutWhole() {
    QFETCH(QString, language);
    const ui::Language chosen(language);
    WindowDriver driver(m_data->path());
    driver.start({{}, {}, "inspect", {}});
    driver.window().openAndAsk(samplePicture("world-beach.png"), "What place is this?");
    QVERIFY(driver.awaitAnswer());
    QVERIFY(driver.awaitIdle());
    QStringList cut;
    for (const auto* layout : {"chat", "inspect"}) {
        driver.trigger(QString("layout.") + layout);
        driver.window().resize(windowSize);
        driver.window().layouts().reset();
        auto* tabs = driver.window().findChild<QWidget*>("inspector")->findChild<QTabBar*>();
        for (int page = 0; page < (tabs->isVisible() ? tabs->count() : 1); ++page) {
            tabs->setCurrentIndex(page);
            QTest::qWait(50);
            QCOMPARE(driver.window().size(), windowSize);
            for (const auto& text : cutTextsAtRest(&driver.window())) cut.append(QString("%1 %2: %3").arg(layout).arg(page).arg(text));
        }
    }
    QVERIFY2(cut.isEmpty(), qPrintable(cut.join('\n')));
}

void FitTest::showsDialogsWhole() {
    QFETCH(QString, language);
    const ui::Language chosen(language);
    WindowDriver driver(m_data->path());
    driver.start({{}, {}, "chat", {}});
    driver.window().resize(windowSize);
    QVERIFY(driver.awaitModel());
    QVERIFY(driver.awaitIdle());
    for (const auto* command : {"chat.settings", "model.list", "help.shortcuts", "help.commands"}) {
        driver.trigger(command);
        QTest::qWait(50);
        for (auto* widget : QApplication::topLevelWidgets()) {
            if (!widget->isVisible() || widget == &driver.window()) continue;
            const auto cut = cutTextsAtRest(widget);
            QVERIFY2(cut.isEmpty(), qPrintable(QString(command) + ":\n" + cut.join('\n')));
            widget->close();
        }
    }
}

void FitTest::fitsOnAFullHdScreenAt200Percent() {
    QFETCH(QString, language);
    const ui::Language chosen(language);
    WindowDriver driver(m_data->path());
    driver.start({{}, {}, "chat", {}});
    driver.window().openAndAsk(samplePicture("world-beach.png"), "What place is this?");
    QVERIFY(driver.awaitAnswer());
    QVERIFY(driver.awaitIdle());
    driver.window().resize(960, 540);
    QTest::qWait(50);
    QCOMPARE(driver.window().size(), QSize(960, 540));
    driver.window().resize(1440, 900);
    driver.trigger("layout.inspect");
    QTest::qWait(50);
    driver.window().resize(960, 540);
    QTest::qWait(50);
    QCOMPARE(driver.window().size(), QSize(960, 540));
}

QTEST_MAIN(FitTest)
#include "fit_test.moc"
