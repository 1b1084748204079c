#include "ui/media/picture_pyramid.h"

#include <QBuffer>
#include <QElapsedTimer>
#include <QFile>
#include <QRandomGenerator>
#include <QtTest>
#include <ctime>

#include "core/files/error.h"

using namespace fusionscope;
using namespace fusionscope::ui;

namespace {

engine::PictureHandle noise(int width, int height, bool transparent = false) {
    QRandomGenerator random(7);
    image::Picture picture;
    picture.size = {width, height};
    picture.rgb.resize(size_t(width) * size_t(height) * 3);
    for (auto& sample : picture.rgb) sample = static_cast<std::uint8_t>(random.bounded(256));
    if (transparent) {
        picture.alpha.resize(size_t(width) * size_t(height));
        for (auto& sample : picture.alpha) sample = static_cast<std::uint8_t>(random.bounded(256));
    }
    return engine::PictureHandle::of(std::move(picture));
}

/// A level put together from its tiles.
QImage wholeLevel(const PicturePyramid& pyramid, int level) {
    const auto size = pyramid.sizeOf(level);
    QImage whole(size, QImage::Format_RGB32);
    for (int y = 0; y < size.height(); y += PicturePyramid::tileSide)
        for (int x = 0; x < size.width(); x += PicturePyramid::tileSide) {
            const auto tile = pyramid.tile(level, x / PicturePyramid::tileSide, y / PicturePyramid::tileSide);
            for (int row = 0; row < tile.height(); ++row)
                memcpy(whole.scanLine(y + row) + 4 * x, tile.constScanLine(row), size_t(tile.width()) * 4);
        }
    return whole;
}

qint64 peakBytes() {
    QFile status("/proc/self/status");
    if (!status.open(QIODevice::ReadOnly)) return 0;
    for (const auto& line : status.readAll().split('\n'))
        if (line.startsWith("VmHWM:")) return line.mid(6).simplified().split(' ').front().toLongLong() << 10;
    return 0;
}

void forgetPeak() {
    QFile refs("/proc/self/clear_refs");
    if (refs.open(QIODevice::WriteOnly | QIODevice::Unbuffered)) refs.write("5");
}

}  // namespace

class PicturePyramidTest : public QObject {
    Q_OBJECT

  private slots:
    void tilesOfTheFirstLevelAreThePicture_data() {
        QTest::addColumn<QSize>("size");
        QTest::newRow("one pixel") << QSize(1, 1);
        QTest::newRow("odd") << QSize(1333, 777);
        QTest::newRow("whole tiles") << QSize(1024, 512);
        QTest::newRow("a line") << QSize(5000, 1);
    }
    void tilesOfTheFirstLevelAreThePicture() {
        QFETCH(QSize, size);
        const auto handle = noise(size.width(), size.height());
        const PicturePyramid pyramid(handle, {});
        QCOMPARE(pyramid.size(), size);
        const auto whole = wholeLevel(pyramid, 0);
        for (int y = 0; y < size.height(); ++y)
            for (int x = 0; x < size.width(); ++x) {
                const auto* rgb = handle.picture()->view().row(y) + 3 * x;
                if (whole.pixel(x, y) != qRgb(rgb[0], rgb[1], rgb[2])) QFAIL("a tile differs from the picture");
            }
    }

    void everyFurtherLevelIsTheMeanOfFourPixels() {
        const PicturePyramid pyramid(noise(1333, 777), {});
        QCOMPARE(pyramid.levels(), 3);
        QCOMPARE(pyramid.sizeOf(1), QSize(667, 389));
        QCOMPARE(pyramid.sizeOf(2), QSize(334, 195));
        for (int level = 1; level < pyramid.levels(); ++level) {
            const auto finer = wholeLevel(pyramid, level - 1), coarser = wholeLevel(pyramid, level);
            for (int y = 0; y < coarser.height(); ++y)
                for (int x = 0; x < coarser.width(); ++x) {
                    double red = 0;
                    for (int i = 0; i < 4; ++i)
                        red += qRed(finer.pixel(std::min(2 * x + i % 2, finer.width() - 1),
                                                std::min(2 * y + i / 2, finer.height() - 1))) / 4.0;
                    if (std::abs(qRed(coarser.pixel(x, y)) - red) > 0.51) QFAIL("a pixel is not the mean");
                }
        }
        QVERIFY(std::max(pyramid.thumbnail().width(), pyramid.thumbnail().height()) <= PicturePyramid::thumbnailSide);
    }

    void transparentPixelsAreBlendedOverWhite() {
        const auto handle = noise(600, 40, true);
        const PicturePyramid pyramid(handle, {});
        const auto white = image::onWhite(*handle.picture());
        const auto whole = wholeLevel(pyramid, 0);
        for (int y = 0; y < 40; ++y)
            for (int x = 0; x < 600; ++x) {
                const auto* rgb = white.data() + (size_t(y) * 600 + size_t(x)) * 3;
                const auto shown = whole.pixel(x, y);
                QVERIFY(std::abs(qRed(shown) - rgb[0]) <= 1 && std::abs(qGreen(shown) - rgb[1]) <= 1);
            }
        QCOMPARE(pyramid.levels(), 2);
    }

    void choosesALevelThatHasAPixelForEachOfTheScreen() {
        const PicturePyramid pyramid(noise(4096, 16), {});
        QCOMPARE(pyramid.levelFor(1), 0);
        QCOMPARE(pyramid.levelFor(7), 0);
        QCOMPARE(pyramid.levelFor(0.51), 0);
        QCOMPARE(pyramid.levelFor(0.5), 1);
        QCOMPARE(pyramid.levelFor(0.2), 2);
        QCOMPARE(pyramid.levelFor(0.0001), pyramid.levels() - 1);
    }

    void stopsWhenAsked() {
        std::stop_source stop;
        stop.request_stop();
        QVERIFY_EXCEPTION_THROWN(PicturePyramid(noise(2000, 2000), stop.get_token()), Stopped);
    }

    /// The aims are 3 s until it is on screen and 1 GB for the whole process; what is left for the model and the window is
    /// printed.
    void aHundredMegapixelsAreReadyInTimeAndMemory() {
        QByteArray file;
        {
            QImage picture(12000, 9000, QImage::Format_RGB888);
            for (int y = 0; y < picture.height(); ++y) {
                auto* row = picture.scanLine(y);
                for (int x = 0; x < picture.width(); ++x)
                    for (int channel = 0; channel < 3; ++channel)
                        row[3 * x + channel] = static_cast<uchar>((x * (channel + 1) / 16) ^ (y / 16));
            }
            QBuffer buffer(&file);
            buffer.open(QIODevice::WriteOnly);
            QVERIFY(picture.save(&buffer, "JPEG", 85));
        }
        forgetPeak();
        QElapsedTimer timer;
        timer.start();
        const auto start = std::clock();
        const auto* begin = reinterpret_cast<const std::byte*>(file.constData());
        const auto handle = engine::PictureHandle::decode({begin, begin + file.size()}, "large.jpg");
        const auto decoded = timer.elapsed();
        const PicturePyramid pyramid(handle, {});
        const auto prepared = timer.elapsed();
        const auto tile = pyramid.tile(pyramid.levelFor(0.1), 0, 0);
        const auto peak = peakBytes();
        const double processor = double(std::clock() - start) / CLOCKS_PER_SEC * 1000;
        qInfo("12000 x 9000 JPEG: decoded after %lld ms, ready after %lld ms, %.0f ms of them processor time (aim 3000)",
              decoded, prepared, processor);
        qInfo("memory at its peak: %lld MB (aim 1000)", peak >> 20);
        QVERIFY(!tile.isNull());
        QVERIFY(peak < qint64(1000) << 20);
    }
};

QTEST_GUILESS_MAIN(PicturePyramidTest)
#include "picture_pyramid_test.moc"
