#include <sys/resource.h>
#include <sys/stat.h>

#include <QDir>
#include <QTemporaryDir>
#include <QtTest>
#include <fstream>
#include <random>

#include "tests/app/program.h"
#include "tests/core/video/bar_code.h"
#include "tests/core/video/boxes.h"
#include "tests/slowdown.h"

using namespace fusionscope;
using tests::Bytes;

namespace {

const char* const model = "tests/golden/llava-onevision/ov-0.5b-layout/model";

Bytes read(const QString& file) {
    std::ifstream in(file.toStdString(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

Bytes noise(std::size_t length, unsigned seed) {
    std::mt19937 random(seed);
    Bytes bytes(length, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    return bytes;
}

Bytes little(std::uint32_t number) {
    Bytes bytes = tests::bigEndian(number);
    std::reverse(bytes.begin(), bytes.end());
    return bytes;
}

/// The compressed frames of an AVI file of one track, each with its head.
Bytes framesOf(const Bytes& avi) {
    Bytes frames;
    for (auto at = avi.find("movi") + 4; avi.compare(at, 4, "00dc") == 0;) {
        const auto length = static_cast<std::uint8_t>(avi[at + 4]) | static_cast<std::uint8_t>(avi[at + 5]) << 8 |
                            static_cast<std::uint8_t>(avi[at + 6]) << 16;
        const auto whole = static_cast<std::size_t>(8 + length + length % 2);
        frames += avi.substr(at, whole);
        at += whole;
    }
    return frames;
}

/// An AVI file with the heads of one and frames in hand, without an index.
Bytes aviOf(const Bytes& heads, const Bytes& frames) {
    const auto list = heads.find("movi") - 8;
    const Bytes body = heads.substr(8, list - 8) + "LIST" + little(static_cast<std::uint32_t>(frames.size() + 4)) + "movi" + frames;
    return "RIFF" + little(static_cast<std::uint32_t>(body.size())) + body;
}

/// Processes that decode a file below a folder.
QStringList decodersOf(const QString& folder) {
    QStringList found;
    for (const auto& id : QDir("/proc").entryList({"[0-9]*"}, QDir::Dirs)) {
        QFile file("/proc/" + id + "/cmdline");
        if (!file.open(QIODevice::ReadOnly)) continue;
        const auto line = file.readAll();
        if (line.contains("fusionscope-decode") && line.contains(folder.toUtf8())) found += id;
    }
    return found;
}

}  // namespace

/// Videos that are broken, odd or none: each ends in an answer or in one sentence, soon, and leaves nothing behind.
class BadVideos : public QObject {
    Q_OBJECT

    enum Outcome { Refused, Answered, Either };
    QTemporaryDir m_folder;
    Bytes m_mp4, m_avi;
    int m_count = 0;

    static ProgramRun ask(const QString& video) {
        return runProgram({"chat", "--model", source(model), "--greedy", "--max-new-tokens", "1", "--frames", "2", "--video", video, "What?"});
    }
    void addFile(const QString& name, const QString& file, Outcome outcome) {
        QTest::newRow(qPrintable(name)) << file << static_cast<int>(outcome);
    }
    void add(const QString& name, const Bytes& bytes, Outcome outcome, const QString& ending = QStringLiteral("mp4")) {
        const auto file = m_folder.filePath(QStringLiteral("video%1.%2").arg(++m_count).arg(ending));
        tests::writeBytes(file.toStdString(), bytes);
        addFile(name, file, outcome);
    }
    /// The good MP4 with one box changed.
    template <class Change>
    void addChanged(const QString& name, const char* type, Outcome outcome, const Change& change) {
        auto video = tests::boxesIn(m_mp4);
        tests::Box root{"", {}, std::move(video)};
        change(root.find(type).payload);
        add(name, tests::fileOf(root), outcome);
    }

    void addCutBoxes() {
        // Where each box begins, inner ones too: those of a kind that holds others are entered.
        const std::function<void(std::size_t, std::size_t)> cut = [&](std::size_t begin, std::size_t end) {
            for (std::size_t at = begin; at + 8 <= end;) {
                const std::size_t size = tests::numberAt(m_mp4, at);
                const auto type = m_mp4.substr(at + 4, 4);
                add(QStringLiteral("cut in %1 at %2").arg(QString::fromStdString(type)).arg(at), m_mp4.substr(0, at + 6), Either);
                if (tests::holdsBoxes(type)) cut(at + 8, at + size);
                at += size;
            }
        };
        cut(0, m_mp4.size());
    }
    void addNoisyBoxes() {
        tests::Box root{"", {}, tests::boxesIn(m_mp4)};
        unsigned seed = 0;
        root.visit([&](tests::Box& box) {
            if (box.payload.empty()) return;
            const auto kept = box.payload;
            box.payload = noise(kept.size(), ++seed);
            add(QStringLiteral("noise in %1, seed %2").arg(QString::fromStdString(box.type)).arg(seed), tests::fileOf(root), Either);
            box.payload = kept;
        });
    }
    void addOddHeaders() {
        using tests::setNumber;
        addChanged("no frames in its tables", "stsz", Either, [](Bytes& payload) { setNumber(payload, 8, 0); });
        addChanged("no chunks", "stco", Either, [](Bytes& payload) { setNumber(payload, 4, 0); });
        addChanged("chunks beyond the file", "stco", Either, [](Bytes& payload) { setNumber(payload, 8, 0x7FFFFFFF); });
        addChanged("100,000 frames by its header", "stts", Either, [](Bytes& payload) { setNumber(payload, 8, 100'000); });
        addChanged("2^31 frames by its header", "stsz", Either, [](Bytes& payload) { setNumber(payload, 8, 0x7FFFFFFF); });
        addChanged("frames of 2^30 bytes", "stsz", Either, [](Bytes& payload) { setNumber(payload, 12, 1u << 30); });
        addChanged("65,535 x 65,535 pixels by its header", "stsd", Either,
                   [](Bytes& payload) { payload.replace(8 + 32, 4, 4, '\xFF'); });
        addChanged("no pixels by its header", "stsd", Either, [](Bytes& payload) { payload.replace(8 + 32, 4, 4, '\0'); });
        addChanged("an unknown codec", "stsd", Either, [](Bytes& payload) { payload.replace(12, 4, "none"); });
        addChanged("a rate of 4 billion a second", "mdhd", Either, [](Bytes& payload) { setNumber(payload, 12, 0xFFFFFFFF); });
        addChanged("a rate of nothing", "mdhd", Either, [](Bytes& payload) { setNumber(payload, 12, 0); });
        addChanged("all frames at once", "stts", Either, [](Bytes& payload) { setNumber(payload, 12, 0); });
        addChanged("years between two frames", "stts", Either, [](Bytes& payload) { setNumber(payload, 12, 0x7FFFFFFF); });
        addChanged("a sound track alone", "hdlr", Either, [](Bytes& payload) { payload.replace(8, 4, "soun"); });
        addChanged("turned", "tkhd", Answered, [](Bytes& payload) {
            const std::uint32_t quarter[] = {0, 0x10000, 0, 0xFFFF0000, 0, 0, 0, 0, 0x40000000};
            for (std::size_t i = 0; i < 9; ++i) setNumber(payload, 40 + 4 * i, quarter[i]);
        });
        addChanged("turned into nothing", "tkhd", Either, [](Bytes& payload) { payload.replace(40, 36, 36, '\0'); });
        addChanged("without a duration", "mvhd", Answered, [](Bytes& payload) { setNumber(payload, 16, 0); });
        addChanged("a box longer than the file", "mdat", Either, [](Bytes& payload) { payload = payload.substr(0, payload.size() / 2); });
        auto nested = m_mp4 + tests::bigEndian(0x7FFFFFFF) + "moov";
        add("a second movie that is cut", nested, Either);
        Bytes boxes = m_mp4.substr(0, 32);
        for (int i = 0; i < 200'000; ++i) boxes += tests::bigEndian(8) + "free";
        add("200,000 empty boxes", boxes, Refused);
        Bytes deep;
        for (int i = 0; i < 5'000; ++i) deep = tests::bigEndian(static_cast<std::uint32_t>(deep.size() + 8)) + "moov" + deep;
        add("5,000 boxes in one another", m_mp4.substr(0, 32) + deep, Refused);
    }
    void addAvis() {
        const auto at = [&](const char* mark, std::size_t offset) { return m_avi.find(mark) + offset; };
        const auto with = [&](std::size_t place, const Bytes& bytes) { return Bytes(m_avi).replace(place, bytes.size(), bytes); };
        for (const char* mark : {"avih", "strh", "strf", "movi", "idx1"})
            add(QStringLiteral("AVI cut in %1").arg(mark), m_avi.substr(0, at(mark, 6)), Either, "avi");
        add("AVI cut in its fifth frame", m_avi.substr(0, at("movi", 4) + framesOf(m_avi).size() / 2), Answered, "avi");
        add("AVI of 100,000 frames by its header", with(at("avih", 8 + 16), little(100'000)), Answered, "avi");
        add("AVI of 2^32 frames by its header", with(at("strh", 8 + 32), little(0xFFFFFFFF)), Either, "avi");
        add("AVI at no rate", with(at("strh", 8 + 24), little(0)), Either, "avi");
        add("AVI with years for a frame", with(at("strh", 8 + 20), little(0xFFFFFFFF)), Either, "avi");
        add("AVI of 2^30 x 2^30 pixels by its header", with(at("strf", 8 + 4), little(1u << 30) + little(1u << 30)), Either, "avi");
        add("AVI of a sound", with(at("strh", 8), "auds"), Refused, "avi");
        add("AVI with a noisy index", m_avi.substr(0, at("idx1", 8)) + noise(m_avi.size() - at("idx1", 8), 7), Either, "avi");
        add("AVI without frames", aviOf(m_avi, {}), Refused, "avi");
        add("AVI without an index", aviOf(m_avi, framesOf(m_avi)), Answered, "avi");
        Bytes large = framesOf(m_avi);
        add("AVI of pictures that are noise", aviOf(m_avi, "00dc" + little(4000) + noise(4000, 9)), Refused, "avi");
        const auto other = m_folder.filePath("other.avi");
        cv::VideoWriter writer(other.toStdString(), cv::VideoWriter::fourcc('M', 'J', 'P', 'G'), 10, {96, 80});
        for (int i = 0; i < 6; ++i) writer.write(cv::Mat(80, 96, CV_8UC3, cv::Scalar(40 * i, 90, 30)));
        writer.release();
        add("AVI that changes its size on the way", aviOf(m_avi, large + framesOf(read(other))), Answered, "avi");
    }
    void addForeignFiles() {
        add("empty", {}, Refused);
        add("one byte", "x", Refused);
        add("text", "Dear all,\nsee the video attached.\n", Refused);
        add("a playlist", "#EXTM3U\n#EXTINF:10,\n/etc/passwd\n", Refused, "m3u8");
        add("a list to join", "ffconcat version 1.0\nfile '/etc/passwd'\n", Refused);
        add("a web page", "<!DOCTYPE html><video src=\"file:///etc/passwd\"></video>", Refused);
        add("zeros", Bytes(100'000, '\0'), Refused);
        add("noise", noise(100'000, 3), Refused);
        add("a head and noise", m_mp4.substr(0, 32) + noise(50'000, 4), Refused);
        add("a Matroska head and noise", Bytes("\x1A\x45\xDF\xA3") + noise(50'000, 5), Refused, "mkv");
        add("an Ogg head and noise", "OggS" + noise(50'000, 6), Refused, "ogv");
        add("an MPEG head and noise", Bytes("\0\0\1\xBA", 4) + noise(50'000, 7), Either, "mpg");
        add("an FLV head and noise", Bytes("FLV\1\5\0\0\0\x09", 9) + noise(50'000, 8), Either, "flv");
        add("a transport stream of noise", "\x47\x40" + noise(50'000, 9), Either, "ts");
        addFile("a picture", source("tests/golden/llava-onevision/ov-0.5b-layout/images/single_square_0_34x34.png"), Refused);
        add("MP4 called AVI", m_mp4, Answered, "avi");
        add("AVI called a text", m_avi, Answered, "txt");
        addFile("a folder", m_folder.path(), Refused);
        addFile("nothing", m_folder.filePath("nowhere.mp4"), Refused);
        addFile("a device without end", "/dev/zero", Refused);
        const auto pipe = m_folder.filePath("pipe.mp4"), loop = m_folder.filePath("loop.mp4");
        mkfifo(pipe.toLocal8Bit().constData(), 0600);
        addFile("a pipe that nobody writes to", pipe, Refused);
        QFile::link(loop, loop);
        addFile("a link to itself", loop, Refused);
        const auto named = m_folder.filePath(QStringLiteral("http:--ö 'x' %d.mp4"));
        tests::writeBytes(named.toStdString(), m_mp4);
        addFile("an odd name", named, Answered);
    }

    /// The program beside a decoder of one's own, a shell script.
    ProgramRun askWith(const char* decoder, const QString& video) {
        const QString bin = m_folder.filePath("bin");
        QDir().mkpath(bin);
        QFile::remove(bin + "/fusionscope-decode");
        if (!QFile::exists(bin + "/fusionscope-cli") &&
            !QFile::copy(FUSIONSCOPE_BINARY_DIR "/bin/fusionscope-cli", bin + "/fusionscope-cli"))
            qFatal("the program cannot be copied");
        std::ofstream((bin + "/fusionscope-decode").toStdString()) << "#!/bin/sh\n" << decoder << '\n';
        QFile::setPermissions(bin + "/fusionscope-decode", QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        QProcess process;
        QElapsedTimer timer;
        timer.start();
        process.start(bin + "/fusionscope-cli", {"chat", "--threads=1", "--model", source(model), "--video", video, "What?"});
        ProgramRun run;
        run.ended = process.waitForFinished(120'000) && process.exitStatus() == QProcess::NormalExit;
        run.code = process.exitCode();
        run.seconds = static_cast<double>(timer.elapsed()) / 1000;
        run.err = process.readAllStandardError();
        return run;
    }

  private slots:
    void initTestCase() {
        const auto mp4 = m_folder.filePath("good.mp4"), avi = m_folder.filePath("good.avi");
        if (tests::writeBarVideo(mp4.toStdString(), "mp4v", 12, 10).empty() ||
            tests::writeBarVideo(avi.toStdString(), "MJPG", 12, 10).empty())
            QSKIP("this OpenCV cannot write the codecs");
        m_mp4 = read(mp4);
        m_avi = read(avi);
    }

    void endInAnAnswerOrOneSentence_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<int>("outcome");
        add("good", m_mp4, Answered);
        addCutBoxes();
        addNoisyBoxes();
        addOddHeaders();
        addAvis();
        addForeignFiles();
        QVERIFY(m_count >= 60);
    }
    void endInAnAnswerOrOneSentence() {
        QFETCH(QString, file);
        QFETCH(int, outcome);
        const auto run = ask(file);
        QVERIFY(run.ended);
        QVERIFY2(run.seconds < 10 * tests::slowdown, qPrintable(QString::number(run.seconds)));
        QVERIFY(run.code == 0 || run.code == 1);
        if (outcome != Either) QVERIFY2((run.code == 0) == (outcome == Answered), run.err);
        if (run.code == 1) {
            QVERIFY2(run.out.isEmpty() && run.err.count('\n') == 1, run.err);
            QVERIFY2(run.err.contains(QFileInfo(file).fileName().toUtf8()) && run.err.size() < 600, run.err);
        }
        QCOMPARE(decodersOf(m_folder.path()), QStringList());
    }

    void memoryStaysBounded() {
        rusage usage{};
        getrusage(RUSAGE_CHILDREN, &usage);  // of the program and its decoder, over all files before
        QVERIFY2(usage.ru_maxrss < 1'500'000, qPrintable(QString::number(usage.ru_maxrss)));
    }

    void aDecoderThatSaysNothingIsGivenUp() {
        const auto video = m_folder.filePath("good.mp4");
        const auto run = askWith("exec sleep 100", video);
        QVERIFY(run.ended);
        QCOMPARE(run.code, 1);
        QVERIFY2(run.seconds > 9 && run.seconds < 15 * tests::slowdown, qPrintable(QString::number(run.seconds)));
        QVERIFY2(run.err.count('\n') == 1 && run.err.contains("good.mp4"), run.err);
        QCOMPARE(decodersOf(m_folder.path()), QStringList());
    }
};

QTEST_GUILESS_MAIN(BadVideos)
#include "bad_videos_test.moc"
