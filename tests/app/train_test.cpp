#include <signal.h>

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include "core/files/safetensors.h"
#include "tests/app/program.h"

using namespace fusionscope;

namespace {

/// The curve without the time that a step took.
QByteArrayList steps(const QString& file) {
    QFile in(file);
    if (!in.open(QIODevice::ReadOnly)) return {};
    QByteArrayList lines = in.readAll().trimmed().split('\n');
    for (auto& line : lines) line.truncate(line.lastIndexOf(','));
    return lines;
}

bool waitForFile(const QString& file, int seconds) {
    return QTest::qWaitFor([&] { return QFile::exists(file); }, seconds * 1000);
}

}  // namespace

/// The train command: from nothing to a model that answers, and killed in between.
class Train : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString path(const char* name) const { return m_folder.filePath(QString::fromLatin1(name)); }

    QStringList shortRun(const char* out) const {
        return {"train", "--threads=1", "--recipe", source("resources/train/tiny-tower.json"), "--pictures=192", "--model", path("tiny/start"),
                "--out", path(out), "--save-seconds=0.1"};
    }

  private slots:
    void tinyTrainingLearns() {
        const auto run = runProgram({"train", "--tiny", "--out", path("tiny")}, {}, 550);
        qInfo("%.0f s: %s", run.seconds, run.out.constData());
        QVERIFY2(run.code == 0, (run.out + run.err).constData());
        QVERIFY(run.out.contains("fell by a factor of"));
    }

    void theResultAnswers() {
        const auto run = runProgram({"chat", "--model", path("tiny/model"), "--image", source("resources/samples/world-beach.png"), "--greedy",
                                     "--max-new-tokens=24", "What is in the picture?"});
        QVERIFY2(run.code == 0, run.err.constData());
        QVERIFY2(run.out.trimmed().size() > 3, run.out.constData());
    }

    void tinyTrainingIsNotMadeTwice() {
        const auto run = runProgram({"train", "--tiny", "--out", path("tiny")});
        QCOMPARE(run.code, 0);
        QVERIFY2(run.err.contains("over already"), run.err.constData());
    }

    void aKilledTrainingGoesOnAsIfNothingHadHappened() {
        QCOMPARE(runProgram(shortRun("whole"), {}, 300).code, 0);
        QProcess process;
        process.start(QStringLiteral(FUSIONSCOPE_BINARY_DIR "/bin/fusionscope-cli"), shortRun("killed"));
        QVERIFY(process.waitForStarted());
        const QString checkpoint = path("killed/checkpoint.safetensors");
        QVERIFY(waitForFile(checkpoint, 120));
        ::kill(static_cast<pid_t>(process.processId()), SIGKILL);
        process.waitForFinished();
        const auto again = runProgram(shortRun("killed"), {}, 300);
        QVERIFY2(again.code == 0 && again.err.contains("Going on after"), again.err.constData());

        QCOMPARE(steps(path("killed/curve.csv")), steps(path("whole/curve.csv")));
        const auto whole = files::readSafetensors(path("whole/checkpoint.safetensors").toStdString()).tensors;
        const auto killed = files::readSafetensors(checkpoint.toStdString()).tensors;
        QCOMPARE(killed.size(), whole.size());
        for (const auto& [name, entry] : whole) {
            const auto& other = killed.at(name).bytes;
            QVERIFY2(std::equal(entry.bytes.begin(), entry.bytes.end(), other.begin(), other.end()), name.c_str());
        }
    }

    void aPersonStopsItWithACheckpoint() {
        QProcess process;
        process.start(QStringLiteral(FUSIONSCOPE_BINARY_DIR "/bin/fusionscope-cli"), shortRun("stopped"));
        QVERIFY(process.waitForStarted());
        QVERIFY(waitForFile(path("stopped/checkpoint.safetensors"), 120));
        process.terminate();
        QVERIFY(process.waitForFinished(60'000));
        QCOMPARE(process.exitStatus(), QProcess::NormalExit);
        QCOMPARE(process.exitCode(), 3);
    }

    void wrongUseIsRefused_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("code");
        QTest::newRow("no folder") << QStringList{} << 2;
        QTest::newRow("no such recipe") << QStringList{"--recipe", "dream", "--out", path("x")} << 1;
        QTest::newRow("no such model") << QStringList{"--model", path("none"), "--out", path("x")} << 1;
        QTest::newRow("nothing to export") << QStringList{"--export", path("y"), "--out", path("none")} << 1;
        QTest::newRow("export over something") << QStringList{"--export", source("models/nano"), "--out", path("whole")} << 1;
    }
    void wrongUseIsRefused() {
        QFETCH(QStringList, arguments);
        QFETCH(int, code);
        const auto run = runProgram(QStringList{"train"} + arguments);
        QCOMPARE(run.code, code);
        QVERIFY(run.err.startsWith("fusionscope-cli"));
        QCOMPARE(run.err.count('\n'), 1);
    }
};

QTEST_GUILESS_MAIN(Train)
#include "train_test.moc"
