#include "core/image/decode.h"

#include "core/files/error.h"
#include "tests/core/image/golden.h"

using namespace fusionscope;
using namespace fusionscope::image;

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
            for (std::size_t c = 0; c < 3; ++c)
                QCOMPARE(picture.rgb[3 * pixel + c], stored[channels < 3 ? 0 : c]);
            if (channels % 2 == 0) QCOMPARE(picture.alpha[pixel], stored[channels - 1]);
        }
    }

    void namesTellNothingContentDoes() {
        QTemporaryDir folder;
        const QString renamed = folder.filePath("picture.jpg");
        QVERIFY(QFile::copy(QString::fromStdString(golden::folder("images/processors/sources/rgba.png").string()), renamed));
        QCOMPARE(readPicture(renamed.toStdString()).source.format, Format::Png);
    }
};

QTEST_GUILESS_MAIN(DecodeTest)
#include "decode_test.moc"
