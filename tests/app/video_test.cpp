#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <fstream>

#include "tests/app/program.h"
#include "tests/core/video/bar_code.h"

/// Conversations about videos in the terminal.
class Video : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_video, m_long, m_scenes;

    static QJsonObject ask(const QString& model, const QStringList& arguments) {
        const auto run = runProgram(QStringList{"chat", "--model", source(model), "--greedy", "--max-new-tokens", "4", "--json"} +
                                    arguments + QStringList{"What happens?"});
        if (run.code != 0) qWarning("%s", run.err.constData());
        return QJsonDocument::fromJson(run.out).object();
    }

  private slots:
    void initTestCase() {
        m_video = m_folder.filePath("bars.avi");
        if (fusionscope::tests::writeBarVideo(m_video.toStdString(), "MJPG", 20, 10).empty())
            QSKIP("this OpenCV writes no MJPG");
        m_long = m_folder.filePath("long.avi");
        m_scenes = m_folder.filePath("scenes.avi");
        fusionscope::tests::writeBarVideo(m_long.toStdString(), "MJPG", 100, 10);
        fusionscope::tests::writeBarVideo(m_scenes.toStdString(), "MJPG", 20, 10, 5);
    }

    void framesAreReadAsTheFamilyDoes_data() {
        QTest::addColumn<QString>("model");
        QTest::addColumn<int>("tokens");
        // Nine tokens a frame and one at the end of the video.
        QTest::newRow("llava-onevision") << "tests/golden/llava-onevision/ov-0.5b-layout/model" << 4 * 9 + 1;
        QTest::newRow("florence-vl") << "tests/golden/florence-vl/llama3-tiny-a/model" << 4 * 9;
    }
    void framesAreReadAsTheFamilyDoes() {
        QFETCH(QString, model);
        QFETCH(int, tokens);
        const auto answer = ask(model, {"--video", m_video, "--frames", "4"});
        const auto timings = answer["timings"].toObject();
        QCOMPARE(timings["visual_tokens"].toInt(), tokens);
        QCOMPARE(timings["encoded_pictures"].toInt(), 4);
        QCOMPARE(answer["ids"].toArray().size(), 4);
    }

    void stillsAndVideosGoTogether() {
        const auto picture = source("tests/golden/llava-onevision/ov-0.5b-layout/images/single_square_0_34x34.png");
        const auto answer = ask("tests/golden/llava-onevision/ov-0.5b-layout/model",
                                {"--video", m_video, "--frames", "2", "--image", picture});
        QCOMPARE(answer["timings"].toObject()["visual_tokens"].toInt(), 55 + 2 * 9 + 1);
    }

    void aConversationTakesOneInItsMiddle() {
        const auto run = runProgram({"chat", "--model", source("tests/golden/llava-onevision/ov-0.5b-layout/model"), "--greedy",
                                     "--max-new-tokens", "2", "--json"},
                                    "Hello\n/video " + m_video.toUtf8() + "\nWhat happens?\n");
        QCOMPARE(run.code, 0);
        const auto lines = run.out.trimmed().split('\n');
        QCOMPARE(lines.size(), 2);
        const auto timings = QJsonDocument::fromJson(lines[1]).object()["timings"].toObject();
        QCOMPARE(timings["encoded_pictures"].toInt(), 8);
    }

    void framesAreChosenByTimeAndSceneToo_data() {
        QTest::addColumn<QStringList>("choice");
        QTest::addColumn<int>("frames");
        QTest::newRow("time") << QStringList{"--every", "0.5"} << 4;
        QTest::newRow("one scene") << QStringList{"--scenes", "0.3"} << 1;
        QTest::newRow("every change") << QStringList{"--scenes", "0.001"} << 15;
    }
    void framesAreChosenByTimeAndSceneToo() {
        QFETCH(QStringList, choice);
        QFETCH(int, frames);
        const auto answer = ask("tests/golden/llava-onevision/ov-0.5b-layout/model", QStringList{"--video", m_video} + choice);
        QCOMPARE(answer["timings"].toObject()["encoded_pictures"].toInt(), frames);
    }

    void moreFramesThanMayBeAreRefused() {
        const auto run = runProgram({"chat", "--model", source("tests/golden/llava-onevision/ov-0.5b-layout/model"), "--video", m_long,
                                     "--every", "0.1", "What?"});
        QCOMPARE(run.code, 1);
        QVERIFY2(run.err.count('\n') == 1 && run.err.contains("100 frames") && run.err.contains("--every"), run.err);
    }

    void theSeventeenthPictureIsRefused() {
        const auto picture = source("tests/golden/llava-onevision/ov-0.5b-layout/images/single_square_0_34x34.png");
        QStringList arguments{"chat", "--model", source("tests/golden/llava-onevision/ov-0.5b-layout/model"), "--greedy",
                              "--max-new-tokens", "1"};
        for (int i = 0; i < 16; ++i) arguments << "--image" << picture;
        QCOMPARE(runProgram(arguments + QStringList{"What?"}).code, 0);
        const auto run = runProgram(arguments + QStringList{"--image", picture, "What?"});
        QCOMPARE(run.code, 1);
        QVERIFY2(run.err.count('\n') == 1 && run.err.contains("17"), run.err);
    }

    void mapsStandSideBySideWithTheirScores_data() {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("column");
        QTest::newRow("llava-onevision") << "tests/golden/llava-onevision/ov-0.5b-layout/model" << "layer1";
        QTest::newRow("smolvlm2") << "tests/golden/smolvlm/smolvlm2-layout/model" << "layer1";
        QTest::newRow("florence-vl") << "tests/golden/florence-vl/llama3-tiny-a/model" << "stage2";
    }
    void mapsStandSideBySideWithTheirScores() {
        QFETCH(QString, model);
        QFETCH(QString, column);
        const QTemporaryDir out;
        const auto run = runProgram({"maps", "--model", source(model), "--video", m_video, "--frames", "4", "--columns", column,
                                     "--rows", "image", "--score", "word=two birds", "--score", "answer=yes", "--score",
                                     "patch=1,40,20", "--prompt", "Are there birds?", "--out", out.path(), "--json"});
        QVERIFY2(run.code == 0, run.err);
        const auto printed = QJsonDocument::fromJson(run.out).object();
        const auto curves = printed["scores"].toObject()["curves"].toArray();
        QCOMPARE(curves.size(), 4);
        QCOMPARE(curves[0].toObject()["name"].toString(), QStringLiteral("two"));
        QCOMPARE(curves[3].toObject()["values"].toArray().size(), 4);
        QVERIFY(std::abs(curves[3].toObject()["values"].toArray()[1].toDouble() - 1) < 1e-5);
        for (const char* file : {"atlas.png", "atlas.svg", "atlas.pdf", "atlas.npz", "atlas.json", "atlas-scores.csv"})
            QVERIFY2(QFileInfo(out.filePath(file)).size() > 0, file);
        QFile table(out.filePath("atlas-scores.csv")), sidecar(out.filePath("atlas.json")), page(out.filePath("atlas.svg"));
        QVERIFY(table.open(QIODevice::ReadOnly) && sidecar.open(QIODevice::ReadOnly) && page.open(QIODevice::ReadOnly));
        const auto drawn = page.readAll();
        for (const char* label : {">frame<", ">birds<", ">0:00.6<"}) QVERIFY2(drawn.contains(label), label);
        const auto lines = table.readAll().split('\n');
        QCOMPARE(lines.size(), 6);
        QVERIFY2(lines[0].startsWith("frame,seconds,two (cosine),birds (cosine),answer: yes (log-probability),"), lines[0]);
        QVERIFY2(lines[2].startsWith("1,0.6,"), lines[2]);
        const auto json = QJsonDocument::fromJson(sidecar.readAll()).object();
        const auto video = json["video"].toObject();
        QCOMPARE(video["indices"].toArray(), (QJsonArray{0, 6, 12, 19}));
        QCOMPARE(video["frames"].toInt(), 20);
        QCOMPARE(video["sha256"].toString().size(), 64);
        QCOMPARE(json["cells"].toArray().size(), 4);
        QVERIFY(json["cells"].toArray()[3].toObject()["name"].toString().startsWith("frame3/tower/"));
    }

    void scenesAreShownWithTheirThreshold() {
        const QTemporaryDir out;
        const auto run = runProgram({"maps", "--model", source("tests/golden/smolvlm/smolvlm2-layout/model"), "--video", m_scenes,
                                     "--scenes", "0.4", "--formats", "png,svg", "--out", out.path(), "--name", "clip"});
        QVERIFY2(run.code == 0, run.err);
        QFile sidecar(out.filePath("clip.json")), page(out.filePath("clip.svg"));
        QVERIFY(sidecar.open(QIODevice::ReadOnly) && page.open(QIODevice::ReadOnly));
        const auto video = QJsonDocument::fromJson(sidecar.readAll()).object()["video"].toObject();
        QCOMPARE(video["indices"].toArray(), (QJsonArray{0, 5, 10, 15}));
        QVERIFY(video["sampling"].toString().contains("0.4"));
        const auto changes = video["changes"].toArray();
        QVERIFY(changes[0].isNull());
        for (int i = 1; i < 4; ++i) QVERIFY(changes[i].toDouble() > 0.4);
        const auto text = page.readAll();
        QVERIFY(text.contains("0:00.5") && text.contains("change 0."));
        QVERIFY(!QFile::exists(out.filePath("clip-scores.csv")));
    }

    void whatDoesNotGoTogetherIsWrongUsage_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("picture and video") << QStringList{"photo.png", "--video", "clip.mp4"};
        QTest::newRow("neither") << QStringList{};
        QTest::newRow("two choices") << QStringList{"--video", "clip.mp4", "--frames", "4", "--every", "2"};
        QTest::newRow("no interval") << QStringList{"--video", "clip.mp4", "--every", "0"};
        QTest::newRow("no threshold") << QStringList{"--video", "clip.mp4", "--scenes", "2"};
        QTest::newRow("too many frames") << QStringList{"--video", "clip.mp4", "--frames", "65"};
        QTest::newRow("scores of a picture") << QStringList{"photo.png", "--score", "word=dog"};
        QTest::newRow("no score") << QStringList{"--video", "clip.mp4", "--score", "smell=rose"};
        QTest::newRow("no word") << QStringList{"--video", "clip.mp4", "--score", "word="};
        QTest::newRow("no place") << QStringList{"--video", "clip.mp4", "--score", "patch=1,2"};
    }
    void whatDoesNotGoTogetherIsWrongUsage() {
        QFETCH(QStringList, arguments);
        const auto run = runProgram(QStringList{"maps", "--out", m_folder.path(), "--model", source("models/nano")} + arguments);
        QVERIFY(run.ended);
        QCOMPARE(run.code, 2);
        QVERIFY2(run.out.isEmpty() && run.err.count('\n') == 1, run.err);
    }

    void aFileThatKillsTheDecoderKillsNothingElse() {
        // The program beside the terminal program is another one that ends at once, as a decoder does that is killed.
        const QString bin = m_folder.filePath("bin");
        QDir().mkpath(bin);
        QVERIFY(QFile::copy(FUSIONSCOPE_BINARY_DIR "/bin/fusionscope-cli", bin + "/fusionscope-cli"));
        std::ofstream((bin + "/fusionscope-decode").toStdString()) << "#!/bin/sh\nkill -SEGV $$\n";
        QFile::setPermissions(bin + "/fusionscope-decode", QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        QProcess process;
        process.start(bin + "/fusionscope-cli", {"chat", "--threads=1", "--model",
                                                 source("tests/golden/llava-onevision/ov-0.5b-layout/model"), "--video",
                                                 m_video, "What?"});
        QVERIFY(process.waitForFinished(60000));
        QCOMPARE(process.exitCode(), 1);
        const auto told = process.readAllStandardError();
        QVERIFY2(told.count('\n') == 1 && told.contains("bars.avi"), told);
    }

    void whatIsNoVideoIsToldInOneSentence() {
        const auto file = m_folder.filePath("noise.mp4");
        std::ofstream(file.toStdString()) << std::string(1000, 'x');
        for (const auto& name : {file, m_folder.filePath("absent.mp4"),
                                 source("tests/golden/llava-onevision/ov-0.5b-layout/images/single_square_0_34x34.png")}) {
            const auto run = runProgram({"chat", "--model", source("tests/golden/llava-onevision/ov-0.5b-layout/model"),
                                         "--video", name, "What?"});
            QVERIFY(run.ended);
            QCOMPARE(run.code, 1);
            QVERIFY2(run.out.isEmpty() && run.err.count('\n') == 1 && run.err.contains(QFileInfo(name).fileName().toUtf8()),
                     run.err);
        }
    }
};

QTEST_GUILESS_MAIN(Video)
#include "video_test.moc"
