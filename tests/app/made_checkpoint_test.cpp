#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include "tests/app/program.h"
#include "tests/tools/checkpoint_plan.h"

using namespace fusionscope::tools;

/// The random checkpoints that measurements use are whole checkpoints, which the program takes like published ones.
class MadeCheckpoint : public QObject {
    Q_OBJECT

    static QString picture() { return source("tests/golden/nano/case_00.png"); }

  private slots:
    void passesTheCheckAndRuns_data() {
        QTest::addColumn<QString>("family");
        QTest::addColumn<QStringList>("command");
        const QStringList chat{"chat", "--greedy", "--max-new-tokens", "3", "--json", "What is this?"};
        const QStringList picturedChat = chat + QStringList{"--image", picture()};
        const QStringList task{"task", picture(), "--task", "<CAPTION>", "--max-new-tokens", "4", "--json"};
        QTest::newRow("florence-2-base") << "florence-2" << task;
        QTest::newRow("florence-2-large") << "florence-2" << task;
        QTest::newRow("florence-vl-3b") << "florence-vl" << picturedChat;
        QTest::newRow("florence-vl-8b") << "florence-vl" << picturedChat;
        QTest::newRow("smolvlm-256m") << "idefics3" << picturedChat;
        QTest::newRow("idefics3-8b") << "idefics3" << picturedChat;
        QTest::newRow("llava-onevision-0.5b") << "llava-onevision" << picturedChat;
        QTest::newRow("llama-1b") << "llama" << chat;
    }
    void passesTheCheckAndRuns() {
        QFETCH(QString, family);
        QFETCH(QStringList, command);
        const QTemporaryDir scratch;
        const QString folder = scratch.filePath("model");
        const std::filesystem::path golden = FUSIONSCOPE_SOURCE_DIR "/tests/golden";
        writeCheckpoint(planCheckpoint(QTest::currentDataTag(), Scale::Tiny, golden), golden, folder.toStdString());

        const auto info = runProgram({"info", folder, "--check", "--json"});
        QVERIFY2(info.code == 0, info.err + info.out);
        QCOMPARE(QJsonDocument::fromJson(info.out).object()["family"].toString(), family);

        const auto run = runProgram(command + QStringList{"--model", folder});
        QVERIFY2(run.code == 0, run.err + run.out);
    }

    void familiesWithViewsAreMeasured_data() {
        QTest::addColumn<int>("views");   // of the benchmark's picture
        QTest::addColumn<int>("tokens");  // of its video
        QTest::newRow("smolvlm-256m") << 13 << 32 * 4;
        QTest::newRow("idefics3-8b") << 13 << 32 * 4;
        QTest::newRow("llava-onevision-0.5b") << 31 << 32 * 9 + 1;
    }
    void familiesWithViewsAreMeasured() {
        QFETCH(int, views);
        QFETCH(int, tokens);
        const QTemporaryDir scratch;
        const QString folder = scratch.filePath("model");
        const std::filesystem::path golden = FUSIONSCOPE_SOURCE_DIR "/tests/golden";
        writeCheckpoint(planCheckpoint(QTest::currentDataTag(), Scale::Tiny, golden), golden, folder.toStdString());
        const auto run = runProgram({"bench", "--threads", "1", "--model", folder, "--repeats", "1", "--tokens", "2", "--context", "20", "--json"});
        QVERIFY2(run.code == 0, run.err + run.out);
        QMap<QString, double> figures;
        for (const auto& value : QJsonDocument::fromJson(run.out).object()["figures"].toArray())
            figures[value.toObject()["name"].toString()] = value.toObject()["median"].toDouble();
        for (const QString name : {"encode one view", "prefill", "decode", "first token after a new picture", "peak memory",
                                   "encode a video of 32 frames", "first token after a video of 32 frames",
                                   "decode lines that were said before", "the same with prompt lookup"})
            QVERIFY2(figures.value(name) > 0, qPrintable(name + ": " + figures.keys().join(", ")));
        QVERIFY2(figures.value(QStringLiteral("encode one picture of %1 views").arg(views)) > 0, qPrintable(figures.keys().join(", ")));
        QCOMPARE(figures.value("visual tokens of that video"), double(tokens));
    }
};

QTEST_GUILESS_MAIN(MadeCheckpoint)
#include "made_checkpoint_test.moc"
