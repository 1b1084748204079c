#include <sys/stat.h>
#include <unistd.h>

#include <QtTest>
#include <fstream>
#include <random>

#include "core/files/error.h"
#include "core/image/decode.h"
#include "tests/core/image/golden.h"
#include "tests/core/image/picture_bytes.h"

using namespace fusionscope;
using namespace fusionscope::image;
using namespace picturebytes;

namespace {

constexpr std::int64_t mebibyte = 1 << 20;

QByteArray source(const char* file) {
    QFile stored(QString::fromStdString((golden::folder("images/processors/sources") / file).string()));
    if (!stored.open(QIODevice::ReadOnly)) qFatal("missing golden picture %s", file);
    return stored.readAll();
}

QByteArray cut(const QByteArray& bytes, double share) {
    return bytes.left(static_cast<qsizetype>(double(bytes.size()) * share));
}

QByteArray with(QByteArray bytes, qsizetype at, const QByteArray& replacement) {
    return bytes.replace(at, replacement.size(), replacement);
}

/// A JPEG whose frame header claims another size or precision.
QByteArray jpegClaiming(const char* file, quint16 width, quint16 height, int precision = 8) {
    const QByteArray bytes = source(file);
    const qsizetype frame = std::max(bytes.indexOf("\xFF\xC0"), bytes.indexOf("\xFF\xC2"));
    return with(bytes, frame + 4, char(precision) + big(height) + big(width));
}

/// A progressive JPEG whose last scan comes again and again.
QByteArray jpegOfManyScans() {
    const QByteArray bytes = source("progressive.jpg");
    const qsizetype last = bytes.lastIndexOf("\xFF\xDA");
    const QByteArray scan = bytes.mid(last, bytes.size() - 2 - last);
    return bytes.left(last) + scan.repeated(4000) + "\xFF\xD9";
}

QByteArray jpegWithExif(const QByteArray& exif) {
    const QByteArray block = QByteArray("Exif\0\0", 6) + exif;
    return "\xFF\xD8\xFF\xE1" + big(static_cast<quint16>(block.size() + 2)) + block +
           source("subsampled420.jpg").mid(2);
}

QByteArray tiffOrientation(quint16 orientation) {
    return tiff({{0x0112, 3, 1, orientation}}, {});
}

QByteArray riff(const QByteArray& chunks) {
    return "RIFF" + little(quint32(chunks.size() + 4)) + "WEBP" + chunks;
}

/// Peak resident memory since the last reset, in bytes.
std::int64_t peakMemory() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
    return 0;
}

void resetPeakMemory() {
    std::ofstream("/proc/self/clear_refs") << 5;
}

struct Outcome {
    std::optional<Picture> picture;
    QString refusal;
    double seconds = 0;
    std::int64_t memory = 0;
};

Outcome attempt(const std::filesystem::path& file) {
    Outcome outcome;
    resetPeakMemory();
    const std::int64_t before = peakMemory();
    const std::clock_t start = std::clock();
    try {
        outcome.picture = readPicture(file);
    } catch (const Error& error) {
        outcome.refusal = error.what();
    }
    outcome.seconds = double(std::clock() - start) / CLOCKS_PER_SEC;
    outcome.memory = peakMemory() - before;
    return outcome;
}

}  // namespace

class MalformedTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    static void refused(const char* name, const QByteArray& bytes, const char* reason) {
        QTest::newRow(name) << bytes << reason << 0 << 0;
    }
    static void decoded(const char* name, const QByteArray& bytes, int width, int height) {
        QTest::newRow(name) << bytes << "" << width << height;
    }

    static void addForeignFiles() {
        refused("empty file", {}, "empty");
        refused("one byte", "P", "not a picture");
        refused("zeros", zeros(1000), "not a picture");
        refused("text", "Dear all,\nsee the picture attached.\n", "text");
        refused("XML", "<?xml version=\"1.0\"?><note/>", "XML");
        refused("SVG", "<svg xmlns='http://www.w3.org/2000/svg'><rect width='9' height='9'/></svg>", "SVG");
        QByteArray bomb = "<?xml version=\"1.0\"?><!DOCTYPE svg [<!ENTITY a0 \"ha\">";
        for (int i = 1; i < 30; ++i) bomb += QStringLiteral("<!ENTITY a%1 \"&a%2;&a%2;\">").arg(i).arg(i - 1).toUtf8();
        refused("SVG bomb", bomb + "]><svg>&a29;</svg>", "SVG");
        refused("packed SVG", "\x1F\x8B\x08" + zeros(30), "gzip");
        refused("PDF", "%PDF-1.7\n", "PDF");
        refused("HEIC", zeros(4) + "ftypheic" + zeros(20), "HEIC");
        refused("AVIF", zeros(4) + "ftypavif" + zeros(20), "AVIF");
        refused("MP4", zeros(4) + "ftypisom" + zeros(20), "video");
        refused("JPEG 2000", zeros(3) + "\x0CjP  \r\n\x87\n", "JPEG 2000");
        refused("zip", "PK\3\4" + zeros(30), "zip");
        refused("WAV sound", "RIFF" + little(quint32{4}) + "WAVE", "not a picture");
    }

    static void addPngs() {
        const QByteArray good = source("rgba.png");
        refused("PNG signature only", pngSignature, "damaged or cut short");
        refused("PNG claims 60,000 x 60,000", pngHeader(60000, 60000, 8, 2) + pngChunk("IDAT", deflated("x")), "limit");
        refused("PNG claims 16,000 x 16,000", pngHeader(16000, 16000, 8, 6) + pngChunk("IDAT", deflated("x")), "hold");
        refused("PNG claims 4,000 x 4,000", pngHeader(4000, 4000, 8, 2) + pngChunk("IDAT", deflated("x")), "cut short");
        refused("interlaced PNG claims 4,000 x 4,000",
                pngHeader(4000, 4000, 8, 2, true) + pngChunk("IDAT", deflated("x")), "cannot hold");
        refused("PNG claims 2^31 columns", pngHeader(0x7FFFFFFF, 1, 1, 0) + pngChunk("IDAT", {}), "PNG");
        refused("PNG without columns", pngHeader(0, 5, 8, 2), "PNG");
        refused("PNG of 3 bits", pngHeader(5, 5, 3, 0), "PNG");
        refused("PNG palette missing", png(2, 2, 8, 3, zeros(6)), "PNG");
        refused("PNG without pixels", pngHeader(2, 2, 8, 0) + pngChunk("IEND", {}), "PNG");
        refused("PNG cut in its header", good.left(20), "too early");
        refused("PNG cut at a tenth", cut(good, 0.1), "too early");
        refused("PNG cut in the middle", cut(good, 0.5), "too early");
        decoded("PNG cut after the last pixel", good.left(good.size() - 12), 103, 70);
        refused("PNG header checksum wrong", with(good, 29, "\1\2\3\4"), "CRC");
        const qsizetype data = good.indexOf("IDAT");
        refused("PNG pixel checksum wrong", with(good, data + 40, "\xAA\xBB"), "PNG");
        refused("PNG pixels are no zlib stream", pngHeader(2, 2, 8, 0) + pngChunk("IDAT", "no zlib stream"), "PNG");
        decoded("PNG with a text bomb",
                png(3, 2, 8, 0, grayRows(3, 2), pngChunk("zTXt", QByteArray("k\0\0", 3) + deflated(zeros(90'000'000)))),
                3, 2);
        decoded("PNG of one pixel", png(1, 1, 8, 0, grayRows(1, 1)), 1, 1);
        decoded("PNG 1 x 10,000", png(1, 10000, 8, 0, grayRows(1, 10000)), 1, 10000);
        decoded("PNG 10,000 x 1", png(10000, 1, 8, 0, grayRows(10000, 1)), 10000, 1);
        decoded("PNG 16-bit gray", source("gray16.png"), 41, 33);
        decoded("PNG 16-bit RGB", source("rgb16.png"), 40, 30);
        decoded("PNG gray + alpha", source("gray_alpha.png"), 52, 40);
        decoded("PNG turned by EXIF", png(3, 2, 8, 0, grayRows(3, 2), pngChunk("eXIf", tiffOrientation(6))), 2, 3);
        decoded("PNG whose palette is short", png(2, 1, 8, 3, QByteArray("\0\0\x09", 3), pngChunk("PLTE", "abc")), 2,
                1);
    }

    static void addJpegs() {
        const QByteArray good = source("subsampled420.jpg"), progressive = source("progressive.jpg");
        refused("JPEG start mark only", "\xFF\xD8\xFF", "JPEG");
        refused("JPEG without a frame", "\xFF\xD8\xFF\xD9", "JPEG");
        refused("JPEG claims 60,000 x 60,000", jpegClaiming("subsampled420.jpg", 60000, 60000), "limit");
        refused("progressive JPEG claims 60,000 x 4,000", jpegClaiming("progressive.jpg", 60000, 4000), "hold");
        refused("JPEG claims 4,000 x 4,000", jpegClaiming("subsampled420.jpg", 4000, 4000).chopped(2), "too early");
        refused("JPEG without columns", jpegClaiming("subsampled420.jpg", 0, 95), "JPEG");
        refused("JPEG of 12 bits", jpegClaiming("subsampled420.jpg", 120, 95, 12), "JPEG");
        refused("JPEG cut in its header", good.left(100), "JPEG");
        refused("JPEG cut in the middle", cut(good, 0.6), "too early");
        refused("JPEG cut near the end", cut(good, 0.95), "too early");
        refused("progressive JPEG cut in the middle", cut(progressive, 0.5), "too early");
        refused("progressive JPEG cut near the end", cut(progressive, 0.97), "too early");
        refused("progressive JPEG cut between scans", progressive.left(progressive.lastIndexOf("\xFF\xDA")),
                "last scan");
        refused("JPEG of 4,000 scans", jpegOfManyScans(), "scans");
        decoded("JPEG without its end mark", good.chopped(2), 120, 95);
        decoded("JPEG of CMYK", source("cmyk.jpg"), 70, 50);
        decoded("JPEG turned by EXIF", jpegWithExif(tiffOrientation(8)), 95, 120);
        decoded("JPEG with impossible EXIF orientation", jpegWithExif(tiffOrientation(900)), 120, 95);
        decoded("JPEG with EXIF that points beyond itself", jpegWithExif("MM\0*\xFF\xFF\xFF\xF0"), 120, 95);
        decoded("JPEG with EXIF of 65,535 entries", jpegWithExif(QByteArray("II*\0\x08\0\0\0\xFF\xFF", 10)), 120, 95);
    }

    static void addWebps() {
        const QByteArray good = source("lossy.webp"), lossless = source("lossless.webp");
        refused("WebP header only", "RIFF" + little(quint32{4}) + "WEBP", "WebP");
        refused("WebP cut in the middle", cut(good, 0.5), "cut short");
        refused("lossless WebP cut in the middle", cut(lossless, 0.5), "cut short");
        refused("WebP length too large", with(good, 4, little(quint32{0x7FFFFFF0})), "cut short");
        refused("lossless WebP claims 16,383 x 16,383",
                riff("VP8L" + little(quint32{6}) + "\x2F" + QByteArray("\xFE\xBF\xFF\x0F\0", 5)), "WebP");
        refused("WebP canvas of 2^24 x 2^24",
                riff("VP8X" + little(quint32{10}) + zeros(4) + QByteArray(6, '\xFF') + lossless.mid(12)), "WebP");
        decoded("WebP with alpha", source("alpha.webp"), 48, 39);
        // An animation whose one frame leaves a margin of an even number of pixels.
        const QByteArray frame =
            QByteArray("\1\0\0\2\0\0", 6) + QByteArray("\x41\0\0\x2B\0\0", 6) + zeros(4) + lossless.mid(12);
        decoded("animated WebP",
                riff("VP8X" + little(quint32{10}) + QByteArray("\2\0\0\0", 4) + QByteArray("\x4F\0\0\x3B\0\0", 6) +
                     "ANIM" + little(quint32{6}) + zeros(6) + "ANMF" + little(quint32(frame.size())) + frame),
                80, 60);
    }

    static void addGifs() {
        const QByteArray good = source("animated.gif"), onePixel("\x44\x01", 2);
        refused("GIF header only", "GIF89a", "GIF");
        refused("GIF without a frame", gifHeader(4, 4) + ";", "no picture");
        refused("GIF claims 60,000 x 60,000", gifHeader(60000, 60000) + gifFrame(0, 0, 60000, 60000, onePixel),
                "limit");
        refused("GIF claims 4,000 x 4,000", gifHeader(4000, 4000) + gifFrame(0, 0, 4000, 4000, onePixel), "hold");
        refused("GIF frame claims 1,000 x 1,000", gifHeader(9, 9) + gifFrame(0, 0, 1000, 1000, onePixel), "GIF");
        refused("GIF frame of no size", gifHeader(4, 4) + gifFrame(0, 0, 0, 0, onePixel), "GIF");
        refused("GIF code size of 200 bits",
                gifHeader(1, 1) + gifFrame(0, 0, 1, 1, onePixel).replace(10, 1, QByteArray(1, '\xC8')), "GIF");
        refused("GIF cut in its palette", good.left(30), "GIF");
        refused("GIF cut in its first frame", cut(good, 0.25), "GIF");
        decoded("GIF cut in its second frame", cut(good, 0.6), 40, 40);
        decoded("animated GIF", good, 40, 40);
        decoded("GIF frame outside its canvas", gifHeader(2, 2) + gifFrame(5, 6, 1, 1, onePixel) + ";", 6, 7);
    }

    static void addBmps() {
        const QByteArray good = source("plain.bmp");
        refused("BMP header only", good.left(30), "too early");
        refused("BMP claims 60,000 x 60,000", bmp(60000, 60000, 24, 0, zeros(100)), "limit");
        refused("BMP claims 4,000 x 4,000", bmp(4000, 4000, 24, 0, zeros(100)), "cut short");
        refused("BMP height of -2^31", bmp(4, std::numeric_limits<qint32>::min(), 24, 0, zeros(100)), "BMP");
        refused("BMP without columns", bmp(0, 4, 24, 0, zeros(100)), "BMP");
        refused("BMP of 7 bits", bmp(4, 4, 7, 0, zeros(100)), "7 bits");
        refused("BMP that holds a JPEG", bmp(4, 4, 24, 4, zeros(100)), "compression 4");
        refused("BMP header of 77777 bytes", with(good, 14, little(quint32{77777})), "77777");
        refused("BMP pixels beyond the file", with(good, 10, little(quint32{0xFFFFFF})), "too early");
        refused("BMP cut in the middle", cut(good, 0.5), "cut short");
        refused("BMP runs cut short", bmp(100, 100, 8, 1, zeros(1024) + "\5\1", 1024), "too early");
        decoded("BMP from above", bmp(2, -2, 24, 0, zeros(16)), 2, 2);
        decoded("BMP of runs", bmp(4, 2, 8, 1, zeros(1024) + QByteArray("\4\1\0\0\0\4\1\2\3\4\0\1", 12), 1024), 4, 2);
        decoded("BMP of runs beyond its rows",
                bmp(2, 2, 8, 1, zeros(1024) + QByteArray("\xFF\1\0\2\xFF\xFF\0\1", 8), 1024), 2, 2);
        decoded("BMP of 16 bits", bmp(2, 1, 16, 0, "\xFF\x7F\x1F\x3C"), 2, 1);
    }

    static void addTiffs() {
        const QByteArray good = source("lzw.tif");
        refused("TIFF header only", QByteArray("II*\0\x08\0\0\0", 8), "TIFF");
        refused("TIFF directory beyond the file", QByteArray("II*\0\xF0\xFF\xFF\x7F", 8), "TIFF");
        refused("TIFF claims 60,000 x 60,000", plainTiff(60000, 60000, 3, 2, zeros(100)), "limit");
        refused("TIFF claims 4,000 x 4,000", plainTiff(4000, 4000, 3, 2, zeros(100)), "cut short");
        refused("TIFF without columns", plainTiff(0, 4, 3, 2, zeros(100)), "TIFF");
        refused("TIFF of numbers with a fraction", plainTiff(2, 2, 1, 1, zeros(16), 32, {{339, 3, 1, 3}}),
                "floating-point");
        decoded("TIFF palette missing, taken as gray", plainTiff(2, 2, 1, 3, zeros(4)), 2, 2);
        refused("TIFF of 60,000 samples a pixel", plainTiff(2, 2, 60000, 2, zeros(100)), "TIFF");
        refused("TIFF strip beyond the file",
                with(plainTiff(2, 2, 1, 1, zeros(4)), 8 + 2 + 12 * 5 + 8, little(quint32{1u << 30})), "TIFF");
        refused("TIFF tile of 2^30 x 16",
                tiff({{256, 4, 1, 8},
                      {257, 4, 1, 8},
                      {258, 3, 1, 8},
                      {259, 3, 1, 1},
                      {262, 3, 1, 1},
                      {277, 3, 1, 1},
                      {322, 4, 1, 1u << 30},
                      {323, 4, 1, 16},
                      {324, 4, 1, 8},
                      {325, 4, 1, 64}},
                     zeros(64)),
                "cannot hold");
        refused("TIFF cut in the middle", cut(good, 0.5), "TIFF");
        refused("TIFF without a meaning",
                tiff({{256, 4, 1, 2}, {257, 4, 1, 2}, {258, 3, 1, 8}, {273, 4, 1, 8}, {279, 4, 1, 4}}, zeros(4)),
                "TIFF");
        decoded("TIFF whose directories go round",
                plainTiff(2, 2, 1, 1, zeros(4)).replace(8 + 2 + 12 * 10, 4, little(quint32{8})), 2, 2);
        decoded("TIFF of 16-bit gray", plainTiff(2, 2, 1, 1, zeros(8), 16), 2, 2);
        decoded("TIFF of CMYK", plainTiff(2, 2, 4, 5, zeros(16)), 2, 2);
        decoded("TIFF of one bit, white is zero", plainTiff(9, 2, 1, 0, zeros(4), 1), 9, 2);
    }

    static void addPnmsAndTgas() {
        refused("PNM header only", "P6\n", "PNM");
        refused("PNM claims 60,000 x 60,000", "P6 60000 60000 255\n", "limit");
        refused("PNM claims 4,000 x 4,000", "P6 4000 4000 255\n" + zeros(100), "cut short");
        refused("PNM size of 30 digits", "P5 " + QByteArray(30, '9') + " 1 255\n", "too large");
        refused("PNM with letters", "P2 3 x 255\n1 2 3", "PNM");
        refused("PNM whose largest value is 0", "P5 1 1 0\n0", "largest value");
        refused("PNM cut in the middle", "P5 4 4 255\n" + zeros(8), "cut short");
        refused("PNM text cut in the middle", "P3 2 2 255 1 2 3 4", "cut short");
        decoded("PNM as text with notes", "P1 # bits\n3 2 # size\n1 0 1\n0 1 0", 3, 2);
        decoded("PNM of 16 bits", "P5 2 2 65535\n" + zeros(8), 2, 2);
        refused("TGA cut in the middle", tga(2, 30, 30, 24, zeros(99)), "too early");
        refused("TGA claims 60,000 x 60,000", tga(2, 60000, 60000, 24, zeros(99)), "limit");
        refused("TGA runs cut short",
                tga(10, 300, 300, 24,
                    "\xFF"
                    "abc"),
                "too early");
        decoded("TGA of runs",
                tga(10, 4, 1, 24,
                    "\x83"
                    "abc"),
                4, 1);
    }

  private slots:
    void decodesOrSaysWhyNot_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("reason");
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        addForeignFiles();
        addPngs();
        addJpegs();
        addWebps();
        addGifs();
        addBmps();
        addTiffs();
        addPnmsAndTgas();
    }
    void decodesOrSaysWhyNot() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, reason);
        QFETCH(int, width);
        QFETCH(int, height);
        const QString path = m_folder.filePath("picture under test.png");
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size());
        file.close();

        const Outcome outcome = attempt(path.toStdString());
        if (width == 0) {
            QVERIFY2(!outcome.picture, "was decoded");
            QVERIFY2(outcome.refusal.contains(path) && outcome.refusal.contains(reason), qPrintable(outcome.refusal));
        } else {
            QVERIFY2(outcome.picture.has_value(), qPrintable(outcome.refusal));
            QCOMPARE(outcome.picture->size, (Size{width, height}));
            QCOMPARE(outcome.picture->rgb.size(),
                     static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
        }
        QVERIFY2(outcome.seconds < 1, qPrintable(QString::number(outcome.seconds)));
        QVERIFY2(outcome.memory < 64 * mebibyte, qPrintable(QString::number(outcome.memory)));
    }

    void refusesWhatIsNoPlainFile_data() {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("reason");
        QTest::newRow("missing") << m_folder.filePath("nowhere.png") << "cannot be read";
        QTest::newRow("a folder") << m_folder.path() << "folder";
        QTest::newRow("a device without end") << "/dev/zero"
                                              << "device";

        const QString pipe = m_folder.filePath("pipe.png");
        mkfifo(pipe.toLocal8Bit().constData(), 0600);
        QTest::newRow("a pipe that nobody writes to") << pipe << "pipe";

        const QString loop = m_folder.filePath("loop.png");
        QFile::link(loop, loop);
        QTest::newRow("a link to itself") << loop << "cannot be read";

        const QString huge = m_folder.filePath("huge.png");
        QFile file(huge);
        if (file.open(QIODevice::WriteOnly)) file.resize(700 * mebibyte);
        QTest::newRow("700 MiB of nothing") << huge << "limit";

        const QString locked = m_folder.filePath("locked.png");
        QFile(locked).open(QIODevice::WriteOnly);
        QFile::setPermissions(locked, {});
        QTest::newRow("unreadable") << locked << (geteuid() == 0 ? "empty" : "cannot be read");
    }
    void refusesWhatIsNoPlainFile() {
        QFETCH(QString, path);
        QFETCH(QString, reason);
        const Outcome outcome = attempt(path.toStdString());
        QVERIFY2(outcome.refusal.contains(path) && outcome.refusal.contains(reason), qPrintable(outcome.refusal));
        QVERIFY(outcome.seconds < 1 && outcome.memory < 64 * mebibyte);
    }

    void interlacedPngEqualsThePlainOne() {
        const auto decode = [](const QByteArray& bytes) {
            return decodePicture(std::as_bytes(std::span(bytes.constData(), static_cast<std::size_t>(bytes.size()))),
                                 "memory");
        };
        const Picture interlaced = decode(png(19, 13, 8, 0, grayRows(19, 13, true), {}, true));
        QCOMPARE(interlaced.rgb, decode(png(19, 13, 8, 0, grayRows(19, 13))).rgb);
        QCOMPARE(int(interlaced.rgb[3 * (5 * 19 + 4)]), 4 + 3 * 5);
    }

    /// Random damage to real files of every format: each time a picture or a sentence, never anything else.
    void survivesRandomDamage_data() {
        QTest::addColumn<QString>("file");
        for (const auto& entry : std::filesystem::directory_iterator(golden::folder("images/processors/sources")))
            QTest::newRow(entry.path().filename().c_str()) << QString::fromStdString(entry.path().filename().string());
    }
    void survivesRandomDamage() {
        QFETCH(QString, file);
        const QByteArray good = source(file.toLocal8Bit().constData());
        const unsigned seed = QTest::currentDataTag() ? qHash(file) & 0xFFFF : 0;
        std::mt19937 random(seed);
        const auto below = [&](qsizetype limit) {
            return static_cast<qsizetype>(random() % static_cast<unsigned>(limit));
        };
        int refusals = 0;
        for (int round = 0; round < 150; ++round) {
            QByteArray bytes = good;
            // Mostly near the beginning, where headers are.
            for (qsizetype i = 0, count = 1 + below(6); i < count; ++i)
                bytes[below(round % 2 == 0 ? std::min<qsizetype>(bytes.size(), 200) : bytes.size())] = char(random());
            if (round % 5 == 0) bytes.truncate(below(bytes.size()) + 1);
            try {
                const Picture picture = decodePicture(
                    std::as_bytes(std::span(bytes.constData(), static_cast<std::size_t>(bytes.size()))), "damaged");
                QCOMPARE(picture.rgb.size(), picture.view().bytes());
            } catch (const Error& error) {
                ++refusals;
                QVERIFY2(QString(error.what()).startsWith("damaged: "),
                         qPrintable(QStringLiteral("seed %1").arg(seed)));
            }
        }
        QVERIFY(refusals > 0);
    }
};

QTEST_GUILESS_MAIN(MalformedTest)
#include "malformed_test.moc"
