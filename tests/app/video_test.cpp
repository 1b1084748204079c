#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>
#include <fstream>

#include "tests/app/program.h"
#include "tests/core/video/bar_code.h"

/// Conversations about videos in the terminal.
class Video : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString m_video;

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
