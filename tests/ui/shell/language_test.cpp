#include <QAbstractButton>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLibraryInfo>
#include <QMenuBar>
#include <QTabBar>
#include <QXmlStreamReader>

#include "tests/ui/shell/window_driver.h"
#include "ui/shell/language.h"
#include "ui/shell/progress_text.h"

using namespace fusionscope;
using namespace fusionscope::tests;

/// The window in another language.
class LanguageTest : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        m_data = std::make_unique<QTemporaryDir>();
        QSettings().clear();
        QLocale::setDefault(QLocale::c());
    }
    void speaksGerman();
    void showsNoEnglishTextThatHasAGermanOne();
    void saysInGermanWhatTheEngineDoes();
    void countsInEnglish();
    void translatesTheDialogsOfQt();
    void remembersTheChosenLanguage();
    void offersTheLanguagesInTheViewMenu();

  private:
    OwnSettings m_settings;
    std::unique_ptr<QTemporaryDir> m_data;
};

namespace {

/// English texts whose German ones are others, without those that are German themselves.
QSet<QString> englishOnly() {
    QFile file(QString(FUSIONSCOPE_SOURCE_DIR) + "/resources/translations/fusionscope_de.ts");
    if (!file.open(QIODevice::ReadOnly)) return {};
    QXmlStreamReader xml(&file);
    QSet<QString> english, german;
    QString source;
    while (!xml.atEnd()) {
        if (xml.readNext() != QXmlStreamReader::StartElement) continue;
        if (xml.name() == u"source") source = xml.readElementText().remove('&');
        if (xml.name() != u"translation") continue;
        const auto translation = xml.readElementText(QXmlStreamReader::IncludeChildElements).remove('&');
        (translation == source ? german : english).insert(source);
        german.insert(translation);
    }
    return english - german;
}

/// Every text that the widgets of a window show or have spoken.
QStringList textsOf(const QWidget& window) {
    QStringList texts;
    for (const auto* widget : window.findChildren<QWidget*>()) {
        texts << widget->toolTip() << widget->accessibleName() << widget->accessibleDescription() << widget->windowTitle();
        if (const auto* label = qobject_cast<const QLabel*>(widget)) texts << label->text();
        if (const auto* button = qobject_cast<const QAbstractButton*>(widget)) texts << button->text();
        if (const auto* box = qobject_cast<const QComboBox*>(widget))
            for (int i = 0; i < box->count(); ++i) texts << box->itemText(i);
        if (const auto* bar = qobject_cast<const QTabBar*>(widget))
            for (int i = 0; i < bar->count(); ++i) texts << bar->tabText(i);
    }
    for (const auto* action : window.findChildren<QAction*>()) texts << action->text() << action->toolTip();
    return texts;
}

}  // namespace

void LanguageTest::speaksGerman() {
    const ui::Language german("de");
    WindowDriver driver(m_data->path());
    driver.start();
    QStringList menus;
    for (const auto* action : driver.window().findChild<QMenuBar*>()->actions()) menus.append(action->text());
    QCOMPARE(menus, QStringList({"&Datei", "&Bearbeiten", "&Ansicht", "&Modell", "&Untersuchen", "&Fenster", "&Hilfe"}));
    QCOMPARE(driver.workspace().commands.find("file.quit")->text(), "&Beenden");
    QStringList texts = textsOf(driver.window());
    QVERIFY(texts.contains("Zu einem Bild fragen"));
    QVERIFY(texts.contains("Ein Schild"));
    QCOMPARE(QLocale().decimalPoint(), ",");
}

void LanguageTest::showsNoEnglishTextThatHasAGermanOne() {
    const ui::Language german("de");
    const auto english = englishOnly();
    QVERIFY(english.size() > 500);
    QVERIFY(english.contains("Ask about a picture"));
    WindowDriver driver(m_data->path());
    driver.start({{}, {}, "inspect", {}});
    driver.window().openAndAsk(samplePicture("world-beach.png"), "What place is this?");
    QVERIFY(driver.awaitAnswer());
    driver.trigger("model.list");
    QVERIFY(driver.awaitIdle());
    QStringList forgotten;
    for (auto text : textsOf(driver.window()))
        if (english.contains(text.remove('&'))) forgotten.append(text);
    QVERIFY2(forgotten.isEmpty(), qPrintable(forgotten.join('\n')));
}

void LanguageTest::saysInGermanWhatTheEngineDoes() {
    const ui::Language german("de");
    QCOMPARE(ui::progressText("Encoding picture 2 of 3"), "Bild 2 von 3 wird kodiert");
    QCOMPARE(ui::progressText("Training without ocr, seed 1 of 5"), "Training without ocr, Seed 1 von 5");
    QCOMPARE(ui::progressText("something new"), "something new");
    // What the engine really reports while it loads and answers.
    WindowDriver driver(m_data->path());
    QStringList unknown;
    QObject here;
    connect(&driver.workspace().worker, &ui::Worker::progressed, &here, [&](ui::JobId, const QString& task) {
        if (!task.isEmpty() && ui::progressText(task) == task) unknown.append(task);
    });
    driver.start();
    driver.window().openAndAsk(samplePicture("world-beach.png"), "What place is this?");
    QVERIFY(driver.awaitAnswer());
    QVERIFY2(unknown.isEmpty(), qPrintable(unknown.join('\n')));
}

void LanguageTest::countsInEnglish() {
    const ui::Language english("en");
    const auto clusters = [](int count) {
        return QCoreApplication::translate("fusionscope::ui::AtlasMenus", "%n cluster(s)", nullptr, count);
    };
    QCOMPARE(clusters(1), "1 cluster");
    QCOMPARE(clusters(3), "3 clusters");
}

void LanguageTest::translatesTheDialogsOfQt() {
    if (!QFile::exists(QLibraryInfo::path(QLibraryInfo::TranslationsPath) + "/qtbase_de.qm"))
        QSKIP("the system has no translations of Qt (Debian: qt6-translations-l10n)");
    const ui::Language german("de");
    QCOMPARE(QCoreApplication::translate("QPlatformTheme", "Cancel"), "Abbrechen");
}

void LanguageTest::remembersTheChosenLanguage() {
    QCOMPARE(ui::Language::chosen(), QString());
    ui::Language::choose("de");
    QCOMPARE(ui::Language::chosen(), "de");
    QSettings().setValue("appearance/language", "tlh");  // an edited settings file
    QCOMPARE(ui::Language::chosen(), QString());
    QVERIFY(ui::Language::all().contains(ui::Language(ui::Language::chosen()).name()));
}

void LanguageTest::offersTheLanguagesInTheViewMenu() {
    WindowDriver driver(m_data->path());
    driver.start();
    QVERIFY(driver.workspace().commands.find("language.system")->isChecked());
    driver.trigger("language.de");
    QCOMPARE(ui::Language::chosen(), "de");
    QVERIFY(driver.workspace().commands.find("language.de")->isChecked());
    QVERIFY(driver.window().messages().texts().join('\n').contains("next start"));
    driver.trigger("language.system");
    QCOMPARE(ui::Language::chosen(), QString());
}

QTEST_MAIN(LanguageTest)
#include "language_test.moc"
