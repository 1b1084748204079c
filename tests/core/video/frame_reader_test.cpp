#include "core/video/frame_reader.h"

#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <cmath>

#include "core/files/error.h"
#include "core/video/samplers.h"
#include "tests/core/video/bar_code.h"
#include "tests/core/video/boxes.h"

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

Q_DECLARE_METATYPE(std::vector<std::int64_t>)

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

    /// The numbers are numpy's: linspace(0, count - 1, wanted, dtype=int), each once.
    void uniformFramesAreTheReferences_data() {
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("wanted");
        QTest::addColumn<std::vector<std::int64_t>>("frames");
        using Frames = std::vector<std::int64_t>;
        QTest::newRow("thirds") << 7 << 3 << Frames{0, 3, 6};
        QTest::newRow("truncated") << 99 << 7 << Frames{0, 16, 32, 49, 65, 81, 98};
        QTest::newRow("eight") << 250 << 8 << Frames{0, 35, 71, 106, 142, 177, 213, 249};
        QTest::newRow("more than there are") << 5 << 32 << Frames{0, 1, 2, 3, 4};
        QTest::newRow("one") << 7 << 1 << Frames{0};
        QTest::newRow("of one") << 1 << 4 << Frames{0};
    }
    void uniformFramesAreTheReferences() {
        QFETCH(int, count);
        QFETCH(int, wanted);
        QFETCH(std::vector<std::int64_t>, frames);
        const FrameReader video(writeVideo(m_folder.filePath("uniform.avi"), "MJPG", count, 10));
        QCOMPARE(video.count(), count);
        QCOMPARE(uniformFrames(video, wanted), frames);
        QVERIFY_EXCEPTION_THROWN(uniformFrames(video, 0), Error);
    }

    void samplesByTime() {
        const FrameReader video(writeVideo(m_folder.filePath("times.avi"), "MJPG", 100, 10));
        QCOMPARE(framesEvery(video, 2.5), (std::vector<std::int64_t>{0, 25, 50, 75}));
        QCOMPARE(framesEvery(video, 0.3).size(), 34u);
        QCOMPARE(framesEvery(video, 0.3)[33], 99);
        QCOMPARE(framesEvery(video, 1e-9).size(), 100u);
        QCOMPARE(framesEvery(video, 1000), (std::vector<std::int64_t>{0}));
        for (const double wrong : {0.0, -1.0, std::nan(""), HUGE_VAL}) QVERIFY_EXCEPTION_THROWN(framesEvery(video, wrong), Error);
    }

    void scenesBeginWhereColoursChange() {
        FrameReader video(writeVideo(m_folder.filePath("scenes.avi"), "MJPG", 100, 10, 40));
        const auto changes = frameChanges(video);
        QCOMPARE(changes.size(), 99u);
        for (std::size_t i = 0; i < changes.size(); ++i)
            QVERIFY2((i == 39 || i == 79) ? changes[i] > 0.8 : changes[i] < 0.1, qPrintable(QString::number(changes[i])));
        QCOMPARE(sceneFrames(video), (std::vector<std::int64_t>{0, 40, 80}));
        QCOMPARE(sceneFrames(changes, 1.0), (std::vector<std::int64_t>{0}));
        QVERIFY(sceneFrames(changes, 0.0).size() > 50);  // the bars' number counts on
        for (const double wrong : {-0.1, 1.1, std::nan("")}) QVERIFY_EXCEPTION_THROWN(sceneFrames(changes, wrong), Error);
    }

    void changeIsOfColoursNotOfPlaces() {
        const auto flat = [](std::uint8_t value) {
            image::Picture picture;
            picture.size = {300, 20};
            picture.rgb.assign(300 * 20 * 3, value);
            return picture;
        };
        QCOMPARE(change(flat(0), flat(255)), 1.0);
        QCOMPARE(change(flat(90), flat(90)), 0.0);
        QVERIFY(change(flat(84), flat(86)) < 0.13);  // over the border between two steps
        auto left = flat(0), right = flat(0);
        std::fill_n(left.rgb.begin(), 450, std::uint8_t{255});
        std::fill_n(right.rgb.end() - 450, 450, std::uint8_t{255});
        QVERIFY(change(left, right) < 1e-9);
    }

    /// The first half of the frames four times as long as the second.
    void stampsOfAVariableRateAreBelieved() {
        auto video = tests::readBoxes(writeVideo(m_folder.filePath("even.mp4"), "mp4v", 40, 25));
        auto& table = video.find("stts").payload;
        const auto length = tests::numberAt(table, 12);
        table = tests::bigEndian(0) + tests::bigEndian(2) + tests::bigEndian(20) + tests::bigEndian(4 * length) +
                tests::bigEndian(20) + tests::bigEndian(length);
        auto& track = video.find("trak").children;
        std::erase_if(track, [](const tests::Box& box) { return box.type == "edts"; });  // cuts off what is longer now
        FrameReader reader(tests::writeBytes(m_folder.filePath("uneven.mp4").toStdString(), tests::fileOf(video)));
        QCOMPARE(reader.count(), 40);
        for (const int index : {0, 5, 20, 21, 39}) {
            const double expected = index <= 20 ? index * 0.16 : 20 * 0.16 + (index - 20) * 0.04;
            QVERIFY2(std::abs(reader.secondsOf(index) - expected) < 0.002, qPrintable(QString::number(reader.secondsOf(index))));
            QCOMPARE(numberOn(reader.frame(index)), index);
        }
        QCOMPARE(framesEvery(reader, 1.6), (std::vector<std::int64_t>{0, 10, 20}));
    }

    void turnedVideosAreUpright_data() {
        QTest::addColumn<int>("turns");
        for (int turns = 0; turns < 4; ++turns) QTest::addRow("%d degrees", 90 * turns) << turns;
    }
    void turnedVideosAreUpright() {
        QFETCH(int, turns);
        auto video = tests::readBoxes(writeVideo(m_folder.filePath("lying.mp4"), "mp4v", 5, 25));
        const std::uint32_t one = 0x10000, minus = 0xFFFF0000;
        const std::uint32_t matrices[4][4] = {{one, 0, 0, one}, {0, one, minus, 0}, {minus, 0, 0, minus}, {0, minus, one, 0}};
        auto& head = video.find("tkhd").payload;
        for (const std::size_t i : {0, 1, 2, 3}) tests::setNumber(head, 40 + 4 * (i < 2 ? i : i + 1), matrices[turns][i]);
        FrameReader reader(tests::writeBytes(m_folder.filePath("turned.mp4").toStdString(), tests::fileOf(video)));
        const image::Size upright = turns % 2 == 0 ? image::Size{width, height} : image::Size{height, width};
        QCOMPARE(reader.size(), upright);
        const auto picture = reader.frame(3);
        QCOMPARE(picture.size, upright);
        const auto pixel = [&](int x, int y) { return int(picture.view().row(y)[3 * x]); };
        QCOMPARE(tests::barNumber([&](int x, int y) {  // where a pixel went
            return turns == 0   ? pixel(x, y)
                   : turns == 1 ? pixel(height - 1 - y, x)
                   : turns == 2 ? pixel(width - 1 - x, height - 1 - y)
                                : pixel(y, width - 1 - x);
        }), 3);
    }

    void aDurationThatIsMissingIsCounted() {
        auto video = tests::readBoxes(writeVideo(m_folder.filePath("known.mp4"), "mp4v", 30, 25));
        for (const char* type : {"mvhd", "mdhd"}) tests::setNumber(video.find(type).payload, 16, 0);
        tests::setNumber(video.find("tkhd").payload, 20, 0);
        FrameReader reader(tests::writeBytes(m_folder.filePath("unknown.mp4").toStdString(), tests::fileOf(video)));
        QCOMPARE(reader.count(), 30);
        QVERIFY(std::abs(reader.seconds() - 1.2) < 0.01);
    }
};

QTEST_GUILESS_MAIN(FrameReaderTest)
#include "frame_reader_test.moc"
