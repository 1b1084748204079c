#include "core/image/decode.h"

#include "core/files/error.h"
#include "tests/core/image/golden.h"
#include "tests/core/image/picture_bytes.h"

using namespace fusionscope;
using namespace fusionscope::image;
using namespace picturebytes;

class DecodeTest : public QObject {
    Q_OBJECT

    nlohmann::json m_expected = files::readJson(golden::folder("images/processors/expected.json"));
    files::TensorTable m_tensors =
        files::readSafetensors(golden::folder("images/processors/expected.safetensors")).tensors;

    static Picture read(const QString& file) {
        return readPicture(golden::folder("images/processors/sources") / file.toStdString());
    }

  private slots:
    void picturesEqualPillows_data() {
        QTest::addColumn<QString>("file");
        for (const auto& [file, row] : m_expected["images"].items())
            QTest::newRow(file.c_str()) << QString::fromStdString(file);
    }
    void picturesEqualPillows() {
        QFETCH(QString, file);
        const Picture picture = read(file);
        const auto& row = m_expected["images"][file.toStdString()];
        QCOMPARE(picture.size, (Size{row["upright_wh"][0], row["upright_wh"][1]}));
        QCOMPARE(picture.source.storedSize, (Size{row["size_wh"][0], row["size_wh"][1]}));
        QCOMPARE(picture.source.animated, row["frames"].get<int>() > 1);
        if (const auto plain = m_tensors.find(file.toStdString() + ".plain_rgb"); plain != m_tensors.end())
            QCOMPARE(golden::differences(picture.rgb, golden::bytes(plain->second)), std::size_t{0});
        QCOMPARE(golden::sha256(picture.rgb), row["plain_rgb_sha256"].get<std::string>());
        QCOMPARE(golden::sha256(onWhite(picture)), row["white_rgb_sha256"].get<std::string>());
    }

    void describesWhatWasStored() {
        QCOMPARE(read("cmyk.jpg").source.colours, std::string("CMYK"));
        QCOMPARE(read("gray16.png").source.bitsPerSample, 16);
        QCOMPARE(read("exif6.jpg").source.orientation, 6);
        QCOMPARE(read("lzw.tif").source.format, Format::Tiff);
        QVERIFY(read("rgb_key.png").alpha.size() == 45 * 33);
        QVERIFY(read("landscape.png").alpha.empty());
    }

    /// Rarer ways to store colours, each with the samples that Pillow makes of them.
    void samplesBecomeRgbAsPillowDoes_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("rgb");
        QTest::addColumn<QByteArray>("alpha");
        const auto row = [](const char* name, const QByteArray& bytes, const char* rgb, const char* alpha = "") {
            QTest::newRow(name) << bytes << QByteArray::fromHex(rgb) << QByteArray::fromHex(alpha);
        };
        const auto hex = [](const char* digits) { return QByteArray::fromHex(digits); };
        row("PNG gray of 2 bits", png(4, 1, 2, 0, hex("001b")), "000000555555aaaaaaffffff");
        row("PNG gray with a transparent level", png(2, 1, 8, 0, hex("000507"), pngChunk("tRNS", hex("0007"))),
            "050505070707", "ff00");
        row("PNG 16-bit gray is clipped",
            png(3, 1, 16, 0,
                hex("00"
                    "0002"
                    "00ff"
                    "0100")),
            "020202ffffffffffff");
        row("BMP of 5 bits a colour", bmp(2, 1, 16, 0, hex("ff7f1f3c")), "ffffff7b00ff");
        row("BMP of 24 bits, blue first, rows from below", bmp(1, 2, 24, 0, hex("0102030004050600")), "060504030201");
        row("BMP of 32 bits without alpha", bmp(1, 1, 32, 0, hex("01020380")), "030201");
        row("BMP of 4 bits", bmp(2, 1, 4, 0, zeros(64).replace(4, 4, hex("aabbcc00")) + hex("10000000"), 64),
            "ccbbaa000000");
        row("BMP of runs",
            bmp(4, 2, 8, 1,
                zeros(1024).replace(4, 4, hex("01020300")) + hex("0200"
                                                                 "0201"
                                                                 "0000"
                                                                 "0401"
                                                                 "0001"),
                1024),
            "030201030201030201030201"
            "000000000000030201030201");
        row("TIFF where 0 is white", plainTiff(2, 1, 1, 0, hex("00f0")), "ffffff0f0f0f");
        row("TIFF of one bit", plainTiff(3, 1, 1, 1, hex("a0"), 1), "ffffff000000ffffff");
        row("TIFF of four bits", plainTiff(2, 1, 1, 1, hex("3f"), 4), "333333ffffff");
        row("TIFF of CMYK", plainTiff(1, 1, 4, 5, hex("00408010")), "efb377");
        row("TIFF of 16-bit gray is clipped", plainTiff(2, 1, 1, 1, hex("07000001"), 16), "070707ffffff");
        row("TIFF with alpha", plainTiff(1, 1, 4, 2, hex("10203080"), 8, {{338, 3, 1, 2}}), "102030", "80");
        row("TIFF with colours times alpha", plainTiff(1, 1, 4, 2, hex("10203080"), 8, {{338, 3, 1, 1}}), "1f3f5f",
            "80");
        row("TIFF with a fourth sample that means nothing", plainTiff(1, 1, 4, 2, hex("10203080"), 8, {{338, 3, 1, 0}}),
            "102030");
        row("TIFF turned around", plainTiff(2, 1, 1, 1, hex("0102"), 8, {}, 3), "020202010101");
        row("PNM where 7 is white", "P2 2 1 7 7 2", "ffffff494949");
        row("PNM bits", "P4 3 1\n" + hex("a0"), "000000ffffff000000");
        row("PNM of 16-bit gray is clipped", "P5 2 1 65535\n" + hex("00070100"), "070707ffffff");
        row("TGA, blue first, rows from below", tga(2, 1, 2, 24, hex("010203040506"), 0), "060504030201");
        row("TGA with alpha", tga(2, 1, 1, 32, hex("01020340")), "030201", "40");
        row("TGA gray runs",
            tga(11, 4, 1, 8,
                hex("82"
                    "09"
                    "00"
                    "07")),
            "090909090909090909070707");
        row("GIF smaller than its canvas", gifHeader(2, 1) + gifFrame(1, 0, 1, 1, hex("4c01")) + ";", "000000ffffff");
    }
    void samplesBecomeRgbAsPillowDoes() {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, rgb);
        QFETCH(QByteArray, alpha);
        const Picture picture = decodePicture(
            std::as_bytes(std::span(bytes.constData(), static_cast<std::size_t>(bytes.size()))), "memory");
        const auto hex = [](const std::vector<std::uint8_t>& samples) {
            return QByteArray(reinterpret_cast<const char*>(samples.data()), static_cast<qsizetype>(samples.size()))
                .toHex();
        };
        QCOMPARE(hex(picture.rgb), rgb.toHex());
        QCOMPARE(hex(picture.alpha), alpha.toHex());
    }

    void pngRoundTripKeepsEverySample_data() {
        QTest::addColumn<int>("channels");
        for (int channels = 1; channels <= 4; ++channels) QTest::addRow("%d", channels) << channels;
    }
    void pngRoundTripKeepsEverySample() {
        QFETCH(int, channels);
        const Size size{37, 11};
        std::vector<std::uint8_t> samples(static_cast<std::size_t>(37 * 11 * channels));
        for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<std::uint8_t>(i * 7 % 256);
        const Picture picture = decodePicture(encodePng({samples.data(), size, channels}), "memory");
        QCOMPARE(picture.size, size);
        for (std::size_t pixel = 0; pixel < 37 * 11; ++pixel) {
            const std::uint8_t* stored = samples.data() + pixel * static_cast<std::size_t>(channels);
            for (std::size_t c = 0; c < 3; ++c) QCOMPARE(picture.rgb[3 * pixel + c], stored[channels < 3 ? 0 : c]);
            if (channels % 2 == 0) QCOMPARE(picture.alpha[pixel], stored[channels - 1]);
        }
    }

    void namesTellNothingContentDoes() {
        QTemporaryDir folder;
        const QString renamed = folder.filePath("picture.jpg");
        QVERIFY(QFile::copy(QString::fromStdString(golden::folder("images/processors/sources/rgba.png").string()),
                            renamed));
        QCOMPARE(readPicture(renamed.toStdString()).source.format, Format::Png);
    }
};

QTEST_GUILESS_MAIN(DecodeTest)
#include "decode_test.moc"
