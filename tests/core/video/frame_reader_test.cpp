#include "core/video/frame_reader.h"

#include <QTemporaryDir>
#include <QtTest>

#include "core/files/error.h"
#include "core/video/samplers.h"
#include "tests/core/video/bar_code.h"

using namespace fusionscope;
using namespace fusionscope::video;

namespace {

constexpr int width = tests::barFrameWidth, height = tests::barFrameHeight;

int numberOn(const image::Picture& picture) {
    return tests::barNumber([&](int x, int y) { return int(picture.view().row(y)[3 * x]); });
}

std::string writeVideo(const QString& path, const char* codec, int frames, double rate, int sceneLength = 1000) {
    return tests::writeBarVideo(path.toStdString(), codec, frames, rate, sceneLength);
}

}  // namespace

class FrameReaderTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

  private slots:
    void findsEveryFrameExactlyInAnyOrder_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("codec");
        QTest::newRow("every frame a key frame") << "jpeg.avi" << QByteArray("MJPG");
        QTest::newRow("key frames far apart") << "mpeg4.avi" << QByteArray("XVID");
        QTest::newRow("MP4") << "mpeg4.mp4" << QByteArray("mp4v");
    }
    void findsEveryFrameExactlyInAnyOrder() {
        QFETCH(QString, name);
        QFETCH(QByteArray, codec);
        const auto path = writeVideo(m_folder.filePath(name), codec.constData(), 200, 25);
        if (path.empty()) QSKIP("this OpenCV cannot write the codec");
        FrameReader video(path);
        QCOMPARE(video.count(), 200);
        QCOMPARE(video.size(), (image::Size{width, height}));
        QVERIFY(std::abs(video.framesPerSecond() - 25) < 0.01);
        for (const int index : {0, 199, 3, 2, 100, 101, 102, 50, 199, 198, 0, 150, 77, 76, 75, 120})
            QCOMPARE(numberOn(video.frame(index)), index);
        for (int index = 0; index < 200; ++index) {
            const int mixed = index * 83 % 200;
            QCOMPARE(numberOn(video.frame(mixed)), mixed);
            QVERIFY(std::abs(video.secondsOf(index) - index / 25.0) < 0.001);
            QCOMPARE(video.indexAt(video.secondsOf(index)), index);
        }
        QCOMPARE(video.indexAt(-5), 0);
        QCOMPARE(video.indexAt(1e9), 199);
    }

    void refusesFramesThatAreNotThere() {
        FrameReader video(writeVideo(m_folder.filePath("short.avi"), "MJPG", 5, 10));
        QVERIFY_EXCEPTION_THROWN(video.frame(5), Error);
        QVERIFY_EXCEPTION_THROWN(video.frame(-1), Error);
        QVERIFY_EXCEPTION_THROWN(video.secondsOf(5), Error);
    }

    void hostileFilesAreErrors_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("text") << QByteArray(1000, 'a');
        QTest::newRow("a playlist") << QByteArray("#EXTM3U\n#EXTINF:10,\n/etc/passwd\n");
        QTest::newRow("a list to concatenate") << QByteArray("ffconcat version 1.0\nfile '/etc/passwd'\n");
        QTest::newRow("a RIFF head alone") << QByteArray("RIFF\xff\xff\xff\x7f" "AVI LIST", 16);
        QTest::newRow("an MP4 head alone") << QByteArray("\0\0\0\x20" "ftypisom\0\0\2\0", 16);
        QTest::newRow("a Matroska head and noise") << QByteArray("\x1a\x45\xdf\xa3", 4) + QByteArray(4000, '\x9d');
    }
    void hostileFilesAreErrors() {
        QFETCH(QByteArray, bytes);
        QFile file(m_folder.filePath("hostile.avi"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
        file.close();
        QVERIFY_EXCEPTION_THROWN(FrameReader(file.fileName().toStdString()), Error);
    }

    void missingFilesAndFoldersAreErrors() {
        QVERIFY_EXCEPTION_THROWN(FrameReader("/nowhere/video.avi"), Error);
        QVERIFY_EXCEPTION_THROWN(FrameReader(m_folder.path().toStdString()), Error);
    }

    void aVideoThatIsCutShortGivesTheFramesThatAreThere() {
        const auto path = writeVideo(m_folder.filePath("cut.avi"), "MJPG", 60, 25);
        QFile file(QString::fromStdString(path));
        QVERIFY(file.resize(file.size() / 2));
        FrameReader video(path);
        QVERIFY(video.count() > 5 && video.count() < 60);
        const auto last = int(video.count()) - 2;  // the very last one is cut itself
        for (const int index : {last, 0, last / 2}) QCOMPARE(numberOn(video.frame(index)), index);
    }

    void damagedVideosNeverCrash() {
        const auto path = writeVideo(m_folder.filePath("sound.avi"), "MJPG", 20, 25);
        QFile file(QString::fromStdString(path));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto bytes = file.readAll();
        std::srand(5);
        for (int trial = 0; trial < 40; ++trial) {
            auto damaged = bytes;
            const int end = trial < 20 ? 400 : int(bytes.size()) - 16;  // the head first, then anywhere
            for (int i = 0; i < 20; ++i) damaged[16 + std::rand() % end] = char(std::rand());
            QFile target(m_folder.filePath("damaged.avi"));
            QVERIFY(target.open(QIODevice::WriteOnly));
            target.write(damaged);
            target.close();
            try {
                FrameReader video(target.fileName().toStdString());
                for (std::int64_t index = video.count() - 1; index >= 0; index -= 7) video.frame(index);
            } catch (const Error&) {
            }
        }
    }

    void keepsToItsLimitsAndStops() {
        const auto path = writeVideo(m_folder.filePath("limits.avi"), "MJPG", 30, 25);
        VideoLimits few;
        few.frames = 29;
        QVERIFY_EXCEPTION_THROWN(FrameReader(path, {}, few), Error);
        VideoLimits small;
        small.pixels = width * height - 1;
        QVERIFY_EXCEPTION_THROWN(FrameReader(path, {}, small), Error);
        std::stop_source stop;
        stop.request_stop();
        QVERIFY_EXCEPTION_THROWN(FrameReader(path, {stop.get_token(), {}}), Stopped);
    }

    void samplesByNumberTimeAndScene() {
        FrameReader video(writeVideo(m_folder.filePath("scenes.avi"), "MJPG", 100, 10, 40));
        QCOMPARE(uniformFrames(video, 4), (std::vector<std::int64_t>{12, 37, 62, 87}));
        QCOMPARE(uniformFrames(video, 1000).size(), 100u);
        QCOMPARE(uniformFrames(video, 0).size(), 0u);
        QCOMPARE(framesEvery(video, 2.5), (std::vector<std::int64_t>{0, 25, 50, 75}));
        QCOMPARE(framesEvery(video, 1e-9).size(), 100u);
        QVERIFY_EXCEPTION_THROWN(framesEvery(video, 0), Error);
        QCOMPARE(sceneFrames(video, 0.3), (std::vector<std::int64_t>{0, 40, 80}));
    }
};

QTEST_GUILESS_MAIN(FrameReaderTest)
#include "frame_reader_test.moc"
