#include "core/decoding/video_process.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>
#include <thread>

#include "core/files/error.h"
#include "core/video/frame_reader.h"
#include "core/video/samplers.h"
#include "tests/core/video/bar_code.h"

using namespace fusionscope;
using namespace fusionscope::decoding;

class VideoProcessTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::string m_file;

    static int numberOf(const image::Picture& picture) {
        return tests::barNumber([&](int x, int y) { return int(picture.view().row(y)[3 * x]); });
    }
    /// A decoder that does what a shell script says.
    DecoderOptions scripted(const char* script) {
        const auto path = m_folder.filePath("decoder");
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate)) throw std::runtime_error("no script");
        file.write(QByteArray("#!/bin/sh\n") + script);
        file.close();
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        DecoderOptions options;
        options.program = path.toStdString();
        options.silenceMilliseconds = 600;
        return options;
    }
    static QString sentenceOf(const std::function<void()>& work) {
        try {
            work();
        } catch (const Error& error) {
            return error.what();
        }
        return {};
    }

  private slots:
    void initTestCase() {
        m_file = tests::writeBarVideo(m_folder.filePath("clip.avi").toStdString(), "MJPG", 60, 20, 20);
        QVERIFY(!m_file.empty());
    }

    void givesTheFramesAndChoicesOfTheReaderItself() {
        VideoProcess video(m_file);
        video::FrameReader reader(m_file);
        QCOMPARE(int64_t(video.facts().seconds.size()), reader.count());
        for (int64_t i = 0; i < reader.count(); ++i) QCOMPARE(video.facts().seconds[size_t(i)], reader.secondsOf(i));
        QCOMPARE(video.facts().duration, reader.seconds());
        QCOMPARE(video.facts().framesPerSecond, reader.framesPerSecond());
        for (const int index : {0, 1, 2, 41, 40, 59}) {
            const auto picture = video.frame(index);
            QCOMPARE(numberOf(picture), index);
            QCOMPARE(picture.rgb, reader.frame(index).rgb);
        }
        QCOMPARE(video.choose({Sampling::Kind::Uniform, 7}).frames, video::uniformFrames(reader, 7));
        QCOMPARE(video.choose({Sampling::Kind::Every, 0.7}).frames, video::framesEvery(reader, 0.7));
        const auto scenes = video.choose({Sampling::Kind::Scenes, 0.3});
        QCOMPARE(scenes.frames, (std::vector<int64_t>{0, 20, 40}));
        QCOMPARE(scenes.changes.size(), size_t{59});
    }

    void refusalsAreSentencesAndTheNextRequestIsAnswered() {
        VideoProcess video(m_file);
        QVERIFY(sentenceOf([&] { video.frame(60); }).contains("60"));
        QVERIFY(!sentenceOf([&] { video.choose({Sampling::Kind::Every, -1}); }).isEmpty());
        QVERIFY(video.isAlive());
        QCOMPARE(numberOf(video.frame(3)), 3);
        QVERIFY(sentenceOf([&] { VideoProcess(m_folder.filePath("nothing.mp4").toStdString()); }).contains("nothing.mp4"));
    }

    void brokenDecodersAreSentences_data() {
        QTest::addColumn<QByteArray>("script");
        QTest::newRow("dies at once") << QByteArray("exit 1");
        QTest::newRow("dies while it reads") << QByteArray("echo \'{\"progress\": 0.5}\'; kill -9 $$");
        QTest::newRow("is silent") << QByteArray("exec sleep 60");
        QTest::newRow("talks nonsense") << QByteArray("echo nonsense; exec sleep 60");
        QTest::newRow("lies about the frames") << QByteArray("echo \'{\"frames\": 1000000000000}\'; exec sleep 60");
        QTest::newRow("lies about a type")
            << QByteArray("echo \'{\"frames\": \"x\", \"width\": 4, \"height\": 4}\'; exec sleep 60");
        QTest::newRow("sends too little")
            << QByteArray("echo \'{\"width\": 4, \"height\": 4, \"rate\": 1, \"duration\": 1, \"frames\": 9}\'; exec sleep 60");
    }
    void brokenDecodersAreSentences() {
        QFETCH(QByteArray, script);
        const auto options = scripted(script.constData());
        QElapsedTimer timer;
        timer.start();
        const auto sentence = sentenceOf([&] { VideoProcess(m_file, {}, {}, options); });
        QVERIFY2(!sentence.isEmpty(), "it is refused");
        QVERIFY(timer.elapsed() < 10'000);
    }

    void aFrameThatBreaksTheDecoderIsASentence() {
        const auto options = scripted(
            "echo \'{\"width\": 4, \"height\": 4, \"rate\": 1, \"duration\": 1, \"frames\": 1}\'; printf \'\\0\\0\\0\\0\\0\\0\\0\\0\'; "
            "read request; echo \'{\"width\": 4, \"height\": 4}\'; printf abc; exit 3");
        VideoProcess video(m_file, {}, {}, options);
        QVERIFY(sentenceOf([&] { video.frame(0); }).contains("breaks"));
        QVERIFY(!video.isAlive());
        QVERIFY(!sentenceOf([&] { video.frame(0); }).isEmpty());
    }

    void stoppingEndsASilentDecoderSoon() {
        auto options = scripted("exec sleep 60");
        options.silenceMilliseconds = 60'000;
        std::stop_source stop;
        std::thread later([&] {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            stop.request_stop();
        });
        QElapsedTimer timer;
        timer.start();
        QVERIFY_EXCEPTION_THROWN(VideoProcess(m_file, stop.get_token(), {}, options), Stopped);
        later.join();
        QVERIFY(timer.elapsed() < 20'000);
    }
};

QTEST_GUILESS_MAIN(VideoProcessTest)
#include "video_process_test.moc"
