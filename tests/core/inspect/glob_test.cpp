#include <QtTest>

#include "core/inspect/glob.h"

using fusionscope::inspect::globMatches;

class GlobTest : public QObject {
    Q_OBJECT

  private slots:
    void matchesWholeNames_data() {
        QTest::addColumn<QString>("pattern");
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("matches");
        const auto row = [](const char* pattern, const char* name, bool matches) {
            QTest::addRow("%s on %s", pattern, name) << pattern << name << matches;
        };
        row("tower/image", "tower/image", true);
        row("tower/image", "tower/images", false);
        row("tower", "tower/image", false);
        row("*", "tower/encoder/ocr/layer11", true);
        row("*", "", true);
        row("", "", true);
        row("", "a", false);
        row("tower/*", "tower/encoder/ocr/layer11", true);  // * crosses /
        row("*/layer1", "tower/encoder/ocr/layer1", true);
        row("*/layer1", "tower/encoder/ocr/layer11", false);
        row("*/layer?", "llm/layer7", true);
        row("*/layer?", "llm/layer17", false);
        row("*ocr*layer*", "tower/encoder/ocr/layer2", true);
        row("*ocr*caption*", "tower/encoder/ocr/layer2", false);
        row("a*b*c", "aXbXbYc", true);
        row("a*bc", "abbbc", true);
        row("?", "", false);
        row("**", "x", true);
        row("llm/layer[12]", "llm/layer1", false);  // no classes
        row("llm/layer[12]", "llm/layer[12]", true);
    }
    void matchesWholeNames() {
        QFETCH(QString, pattern);
        QFETCH(QString, name);
        QFETCH(bool, matches);
        QCOMPARE(globMatches(pattern.toStdString(), name.toStdString()), matches);
    }

    void malignantPatternTakesNoExponentialTime() {
        std::string pattern, name(20000, 'a');
        for (int i = 0; i < 200; ++i) pattern += "*a";
        QElapsedTimer timer;
        timer.start();
        QVERIFY(!globMatches(pattern + "*b", name));
        QVERIFY(timer.elapsed() < 1000);
    }
};

QTEST_GUILESS_MAIN(GlobTest)
#include "glob_test.moc"
