#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

#include "tests/app/program.h"

namespace {

const QStringList few{"--threads", "1", "--context", "20", "--tokens", "2"};

QJsonObject parsed(const QByteArray& text) { return QJsonDocument::fromJson(text).object(); }

}  // namespace

/// What `bench` offers to programs that compare.
class Bench : public QObject {
    Q_OBJECT

  private slots:
    void stepsAreTakenOneForEachLine() {
        const auto run = runProgram(QStringList{"bench", "--steps"} + few, "decode\nprefill\ndecode\n");
        QVERIFY2(run.code == 0, run.err);
        const auto lines = run.out.trimmed().split('\n');
        QCOMPARE(lines.size(), 4);
        const auto ready = parsed(lines[0]);
        QVERIFY(ready["steps"].toArray().contains("second-question"));
        QVERIFY(ready["resident_bytes"].toDouble() > 0);
        QVERIFY(ready["machine"].toObject()["cores"].toInt() > 0);
        const QStringList steps{"decode", "prefill", "decode"};
        for (int i = 0; i < 3; ++i) {
            QCOMPARE(parsed(lines[i + 1])["step"].toString(), steps[i]);
            QVERIFY(parsed(lines[i + 1])["seconds"].toDouble() > 0);
        }
    }

    void aStepThatThereIsNotIsRefused() {
        const auto run = runProgram(QStringList{"bench", "--steps"} + few, "deocde\n");
        QCOMPARE(run.code, 1);
        QVERIFY2(run.err.contains("\"deocde\" is no step of this model") && run.err.contains("prefill"), run.err);
    }

    void countersTellWhatTheStepsConsistOf() {
        const auto run = runProgram(QStringList{"bench", "--counters", "--json"} + few);
        QVERIFY2(run.code == 0, run.err);
        const auto phases = parsed(run.out)["phases"].toObject();
        QCOMPARE(phases.keys(), (QStringList{"decode", "encode", "prefill"}));
        for (const auto& step : phases) QVERIFY(step.toArray().size() > 3);
        const auto text = runProgram(QStringList{"bench", "--counters"} + few);
        QVERIFY2(text.out.contains("products' rate") && text.out.contains("the rest"), text.out);
    }

    void comparingNeedsPython() {
        const QByteArray path = qgetenv("PATH");
        qputenv("PATH", "/nowhere");
        const auto run = runProgram({"bench", "--against", "llama.cpp"});
        qputenv("PATH", path);
        QCOMPARE(run.code, 1);
        QVERIFY2(run.err.contains("Python is not installed") && run.err.contains("apt-get install python3"), run.err);
    }

    void whatIsToBeComparedIsChecked() {
        if (QStandardPaths::findExecutable("python3").isEmpty()) QSKIP("needs Python");
        const auto peer = runProgram({"bench", "--against", "lama.cpp"});
        QCOMPARE(peer.code, 2);
        QVERIFY2(peer.err.contains("\"lama.cpp\" is none of llama.cpp, transformers"), peer.err);
        const auto part = runProgram({"bench", "--against", "llama.cpp", "--", "--only", "decode5"});
        QCOMPARE(part.code, 2);
        QVERIFY2(part.err.contains("\"decode5\" is none of decode4"), part.err);
        QCOMPARE(runProgram({"bench", "--", "--only", "decode4"}).code, 2);
        QCOMPARE(runProgram({"bench", "--against", "llama.cpp", "--steps"}).code, 2);
    }

    void scoresNeedTextsAndSteps() {
        QCOMPARE(runProgram({"bench", "--texts", "texts.json", "--scores", "scores"}).code, 2);
        QCOMPARE(runProgram({"bench", "--steps", "--texts", "texts.json"}).code, 2);
        QCOMPARE(runProgram({"bench", "--steps", "--scores", "scores"}).code, 2);
        const auto missing = runProgram({"bench", "--steps", "--texts", "missing.json", "--scores", "scores"});
        QCOMPARE(missing.code, 1);
        QVERIFY2(missing.err.contains("missing.json"), missing.err);
    }
};

QTEST_GUILESS_MAIN(Bench)
#include "bench_test.moc"
