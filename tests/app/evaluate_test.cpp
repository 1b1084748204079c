#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>
#include <csignal>

#include "tests/app/program.h"

namespace {

/// What one run says about the bundled model, as JSON.
ProgramRun evaluated(const QStringList& more) {
    return runProgram(QStringList{"evaluate", "--pictures", "4", "--kinds", "count,read,where,boxes", "--seed", "3"} + more, {}, 300);
}

}  // namespace

/// The command `evaluate` on the bundled model and a handful of pictures.
class Evaluate : public QObject {
    Q_OBJECT

  private slots:
    void givesTheSameJsonForTheSameSeed() {
        const auto first = evaluated({"--no-baselines", "--json"}), second = evaluated({"--no-baselines", "--json"});
        QVERIFY2(first.code == 0, first.err);
        QCOMPARE(second.out, first.out);
        const auto report = QJsonDocument::fromJson(first.out).object();
        QCOMPARE(report["split"].toString(), QStringLiteral("test"));
        QCOMPARE(report["pictures"].toInt(), 4);
        QVERIFY(!report["questions"].toArray().isEmpty());
        for (const auto& row : report["questions"].toArray()) {
            const auto answers = row.toObject()["answers"].toObject();
            QVERIFY(answers["asked"].toInt() > 0 && answers["asked"].toInt() >= answers["right"].toInt());
            QVERIFY(answers["low"].toDouble() <= answers["share"].toDouble() && answers["share"].toDouble() <= answers["high"].toDouble());
            QVERIFY(!row.toObject().contains("without_picture"));
        }
    }

    void examinesAFlorence2OnItsTasks() {
        const auto run = runProgram({"evaluate", "--model", source("tests/golden/florence2/tiny-a/model"), "--pictures", "2", "--json"});
        QVERIFY2(run.code == 0, run.err);
        const auto report = QJsonDocument::fromJson(run.out).object();
        for (const char* task : {"<OD>", "<DENSE_REGION_CAPTION>"}) QVERIFY2(report["boxes"].toObject().contains(task), task);
        for (const char* task : {"<CAPTION>", "<DETAILED_CAPTION>"}) QVERIFY2(report["captions"].toObject().contains(task), task);
        QVERIFY(report["questions"].toArray().isEmpty());
        const auto without = source("tests/golden/smolvlm/smolvlm-256m-layout/model");
        QCOMPARE(runProgram({"evaluate", "--model", without, "--kinds", "tasks", "--pictures", "1"}).code, 1);
    }

    void printsTablesForAPerson() {
        const auto run = evaluated({});
        QVERIFY2(run.code == 0, run.err);
        for (const char* text : {"questions", "95 % interval", "majority", "no picture", "count", "mean overlap", "aim"}) QVERIFY2(run.out.contains(text), text);
        QVERIFY(run.out.contains("tesseract"));  // its figures, or that it is not installed
    }

    void examinesOnOthersPictures_data() {
        QTest::addColumn<QString>("split");
        QTest::addColumn<QString>("kind");
        QTest::newRow("products") << "fashion" << "list";
        QTest::newRow("handwritten digits") << "digits" << "symbol";
        QTest::newRow("photographs") << "photos" << "existence";
    }
    void examinesOnOthersPictures() {
        QFETCH(QString, split);
        QFETCH(QString, kind);
        const auto run = runProgram({"evaluate", "--split", split, "--pictures", "3", "--kinds", kind, "--no-baselines", "--json"});
        QVERIFY2(run.code == 0, run.err);
        const auto rows = QJsonDocument::fromJson(run.out).object()["questions"].toArray();
        QVERIFY(!rows.isEmpty());
        QCOMPARE(rows[0].toObject()["name"].toString(), kind);
    }

    void refusesWhatItDoesNotKnow() {
        QCOMPARE(runProgram({"evaluate", "--split", "train"}).code, 2);
        QCOMPARE(runProgram({"evaluate", "--kinds", "smell"}).code, 2);
        QCOMPARE(runProgram({"evaluate", "--pictures", "0"}).code, 2);
        const auto run = runProgram({"evaluate", "--model", source("tests/golden/llama/llama3-tied-headdim"), "--pictures", "1"});
        QVERIFY(run.ended && run.code == 1);
    }

    void tellsWhatItFoundWhenStopped() {
        // Long enough for the first pictures, however slow the machine is.
        for (int wait = 4000; wait <= 128'000; wait *= 2) {
            QProcess process;
            process.start(QStringLiteral(FUSIONSCOPE_BINARY_DIR "/bin/fusionscope-cli"),
                          {"evaluate", "--threads=1", "--pictures", "100000", "--kinds", "scene", "--no-baselines", "--json"});
            QVERIFY(process.waitForStarted());
            QTest::qWait(wait);
            QCOMPARE(process.state(), QProcess::Running);
            ::kill(static_cast<pid_t>(process.processId()), SIGINT);
            QVERIFY(process.waitForFinished(60'000));
            QCOMPARE(process.exitStatus(), QProcess::NormalExit);
            QCOMPARE(process.exitCode(), 3);
            const auto said = process.readAllStandardOutput();
            if (said.isEmpty()) continue;  // stopped before the first was done
            const int pictures = QJsonDocument::fromJson(said).object()["pictures"].toInt();
            QVERIFY(pictures > 0 && pictures < 100000);
            return;
        }
        QFAIL("no picture was done in two minutes");
    }
};

QTEST_GUILESS_MAIN(Evaluate)
#include "evaluate_test.moc"
