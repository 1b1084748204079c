#include <QFileInfo>
#include <QImage>
#include <QTemporaryDir>
#include <QTest>

#include "tests/ui/shell/program.h"

using namespace fusionscope::tests;

/// The program as it is started from a terminal.
class ProgramTest : public QObject {
    Q_OBJECT

  private slots:
    void explainsItselfWithoutADisplay();
    void refusesWrongOptionsInOneSentence_data();
    void refusesWrongOptionsInOneSentence();
    void saysThatThereIsNoDisplay();
    void savesAPictureOfTheWindowWithAnAnswer();
    void handsItsFilesToTheFirstWindow();
    void worksWhereNothingCanBeWritten();

  private:
    QProcessEnvironment environment() const { return offscreen(m_folder.filePath("config")); }
    Run run(const QStringList& arguments, const QProcessEnvironment& environment) const;

    QTemporaryDir m_folder;
};

Run ProgramTest::run(const QStringList& arguments, const QProcessEnvironment& environment) const {
    QProcess process;
    process.setProcessEnvironment(environment);
    process.start(program, arguments);
    return finished(process);
}

void ProgramTest::explainsItselfWithoutADisplay() {
    QProcessEnvironment bare;
    bare.insert("PATH", "/usr/bin");
    const auto help = run({"--help"}, bare);
    QCOMPARE(help.code, 0);
    QVERIFY(help.out.contains("Examples:"));
    QVERIFY(run({"--version"}, bare).out.startsWith("Fusionscope "));
}

void ProgramTest::refusesWrongOptionsInOneSentence_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("unknown") << QStringList{"--colour"};
    QTest::newRow("layout") << QStringList{"--layout", "pretty"};
    QTest::newRow("size") << QStringList{"--size", "big"};
    QTest::newRow("language") << QStringList{"--language", "tlh"};
    QTest::newRow("question without picture") << QStringList{"--ask", "What?"};
}

void ProgramTest::refusesWrongOptionsInOneSentence() {
    QFETCH(QStringList, arguments);
    const auto refused = run(arguments, environment());
    QCOMPARE(refused.code, 2);
    QVERIFY2(refused.err.startsWith("fusionscope: ") && refused.err.count('\n') == 1, qPrintable(refused.err));
}

void ProgramTest::saysThatThereIsNoDisplay() {
    QProcessEnvironment bare;
    bare.insert("PATH", "/usr/bin");
    const auto refused = run({}, bare);
    QCOMPARE(refused.code, 1);
    QVERIFY2(refused.err.contains("no display"), qPrintable(refused.err));
}

void ProgramTest::savesAPictureOfTheWindowWithAnAnswer() {
    const auto file = m_folder.filePath("window.png");
    const auto shown = run({"--data", m_folder.filePath("data"), beach, "--ask", "What place is this?", "--layout",
                            "inspect", "--size", "1280x800", "--theme", "light", "--screenshot", file},
                           environment());
    QVERIFY2(shown.code == 0, qPrintable(shown.err));
    const QImage image(file);
    QCOMPARE(image.size(), QSize(1280, 800));
    QVERIFY(QFileInfo::exists(m_folder.filePath("data/history.sqlite")));
}

void ProgramTest::handsItsFilesToTheFirstWindow() {
    QProcess first;
    first.setProcessEnvironment(environment());
    const auto data = m_folder.filePath("shared");
    first.start(program, {"--data", data});
    QVERIFY(first.waitForStarted());
    // The first one listens before it opens the history. A second one with a window of its own would not end.
    QVERIFY(QTest::qWaitFor([&] { return QFileInfo::exists(data + "/history.sqlite"); }, 60'000));
    const auto second = run({"--data", data, beach}, environment());
    QVERIFY2(second.code == 0, qPrintable(second.err));
    QCOMPARE(first.state(), QProcess::Running);
    first.terminate();
    QVERIFY(first.waitForFinished(30'000));
}

void ProgramTest::worksWhereNothingCanBeWritten() {
    const auto file = m_folder.filePath("readonly.png");
    const auto shown = run({"--data", "/proc/fusionscope", "--size", "1280x800", "--screenshot", file}, environment());
    QVERIFY2(shown.code == 0, qPrintable(shown.err));
    QVERIFY(QFileInfo::exists(file));
}

QTEST_GUILESS_MAIN(ProgramTest)
#include "program_test.moc"
