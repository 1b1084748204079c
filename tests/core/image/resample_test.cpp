#include "core/image/resample.h"

#include <ctime>

#include "tests/core/image/golden.h"
#include "tests/slowdown.h"

using namespace fusionscope;
using namespace fusionscope::image;

namespace {

constexpr std::pair<const char*, Filter> filters[] = {{"nearest", Filter::Nearest},   {"lanczos", Filter::Lanczos},
                                                      {"bilinear", Filter::Bilinear}, {"bicubic", Filter::Bicubic},
                                                      {"box", Filter::Box},           {"hamming", Filter::Hamming}};

ImageView view(const files::TensorEntry& tensor) {
    return {reinterpret_cast<const std::uint8_t*>(tensor.bytes.data()),
            {static_cast<int>(tensor.shape[1]), static_cast<int>(tensor.shape[0])},
            tensor.shape.size() == 2 ? 1 : static_cast<int>(tensor.shape[2])};
}

std::vector<std::uint8_t> noise(Size size, unsigned seed) {
    std::vector<std::uint8_t> samples(ImageView{nullptr, size, 3}.bytes());
    for (std::uint8_t& sample : samples)
        sample = static_cast<std::uint8_t>((seed = seed * 1664525U + 1013904223U) >> 24);
    return samples;
}

}  // namespace

class ResampleTest : public QObject {
    Q_OBJECT

    files::TensorTable m_inputs = files::readSafetensors(golden::folder("images/resample/inputs.safetensors")).tensors;

    /// Rows "source.filter.WIDTHxHEIGHT" of a reference file.
    void addRows(const char* file) {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QByteArray>("expected");
        const auto table = files::readSafetensors(golden::folder("images/resample") / file).tensors;
        for (const auto& [key, tensor] : table)
            QTest::newRow(key.c_str()) << QString::fromStdString(key)
                                       << QByteArray(reinterpret_cast<const char*>(tensor.bytes.data()),
                                                     static_cast<qsizetype>(tensor.bytes.size()));
    }
    void compare(PassOrder order) {
        QFETCH(QString, key);
        QFETCH(QByteArray, expected);
        const QStringList parts = key.split('.');
        const QStringList size = parts[2].split('x');
        const auto filter = std::find_if(std::begin(filters), std::end(filters),
                                         [&](const auto& entry) { return parts[1] == entry.first; });
        QVERIFY(filter != std::end(filters));
        const auto result = resample(view(m_inputs.at(parts[0].toStdString())), {size[0].toInt(), size[1].toInt()},
                                     filter->second, order);
        const std::span<const std::uint8_t> wanted(reinterpret_cast<const std::uint8_t*>(expected.constData()),
                                                   static_cast<std::size_t>(expected.size()));
        QCOMPARE(golden::differences(result, wanted), std::size_t{0});
    }

  private slots:
    void equalsPillow13_data() { addRows("expected.safetensors"); }
    void equalsPillow13() { compare(PassOrder::Pillow13); }

    /// Horizontal first gives what Pillow 12 gave where the orders differ, and the same elsewhere.
    void equalsPillow12_data() { addRows("expected-pillow12.safetensors"); }
    void equalsPillow12() { compare(PassOrder::HorizontalFirst); }

    void ordersDifferOnlyWhereTheReferenceDoes() {
        const auto newer = files::readSafetensors(golden::folder("images/resample/expected.safetensors")).tensors;
        const auto older =
            files::readSafetensors(golden::folder("images/resample/expected-pillow12.safetensors")).tensors;
        std::size_t different = 0;
        for (const auto& [key, tensor] : newer) {
            const QStringList parts = QString::fromStdString(key).split('.');
            const QStringList size = parts[2].split('x');
            const Size to{size[0].toInt(), size[1].toInt()};
            for (const auto& [name, filter] : filters) {
                if (parts[1] != name) continue;
                const ImageView source = view(m_inputs.at(parts[0].toStdString()));
                const auto first = resample(source, to, filter, PassOrder::HorizontalFirst);
                const bool same = first == resample(source, to, filter, PassOrder::Pillow13);
                QCOMPARE(same, !older.contains(key));
                different += !same;
            }
        }
        QCOMPARE(different, older.size());
    }

    void canvasEqualsAPictureThatWasReallyPadded_data() {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("side");
        for (const auto& [width, height] :
             {std::pair{61, 240}, {240, 61}, {7, 7}, {1, 90}, {90, 1}, {33, 34}, {500, 3}})
            for (const int side : {16, 48, 97, 240})
                QTest::addRow("%dx%d to %d", width, height, side) << width << height << side;
    }
    void canvasEqualsAPictureThatWasReallyPadded() {
        QFETCH(int, width);
        QFETCH(int, height);
        QFETCH(int, side);
        const auto samples = noise({width, height}, 7);
        const ImageView picture{samples.data(), {width, height}, 3};
        const Canvas canvas = squareAround(picture.size, {123, 116, 103, 0});
        std::vector<std::uint8_t> padded;
        for (int y = 0; y < canvas.size.height; ++y)
            for (int x = 0; x < canvas.size.width; ++x) {
                const int px = x - canvas.left, py = y - canvas.top;
                const bool inside = px >= 0 && py >= 0 && px < width && py < height;
                const std::uint8_t* pixel = inside ? picture.row(py) + 3 * px : canvas.fill.data();
                padded.insert(padded.end(), pixel, pixel + 3);
            }
        for (const auto& [name, filter] : filters)
            for (const Size to : {Size{side, side}, Size{side, 20}, Size{20, side}, canvas.size})
                for (const auto order : {PassOrder::HorizontalFirst, PassOrder::Pillow13})
                    QCOMPARE(golden::differences(resample(picture, to, filter, order, canvas),
                                                 resample({padded.data(), canvas.size, 3}, to, filter, order)),
                             std::size_t{0});
    }

    void cropTakesTheNamedPart() {
        const auto samples = noise({9, 7}, 3);
        const ImageView picture{samples.data(), {9, 7}, 3};
        const auto part = crop(picture, 4, 2, {3, 5});
        QCOMPARE(part.size(), std::size_t{45});
        for (int y = 0; y < 5; ++y)
            QVERIFY(std::equal(part.begin() + 9 * y, part.begin() + 9 * (y + 1), picture.row(y + 2) + 12));
    }

    /// Twelve megapixels, as a telephone takes them: the figure is printed, the bound leaves room for slow machines.
    void shrinksAPhotographQuickly() {
        const Size size{4000, 3000};
        const auto samples = noise(size, 1);
        const std::clock_t start = std::clock();
        const auto result = resample({samples.data(), size, 3}, {768, 768}, Filter::Bicubic, PassOrder::HorizontalFirst,
                                     squareAround(size, {123, 116, 103, 0}));
        const double taken = double(std::clock() - start) / CLOCKS_PER_SEC;
        qInfo("12 megapixels to 768 x 768 on one core: %.0f ms", taken * 1e3);
        QCOMPARE(result.size(), std::size_t{768 * 768 * 3});
        QVERIFY2(taken < tests::slowdown, "far slower than it should be");
    }

    void extremeShapesOnASquareCostNoSquare_data() {
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("height");
        QTest::newRow("wide") << 65535 << 1;
        QTest::newRow("tall") << 1 << 65535;
    }
    void extremeShapesOnASquareCostNoSquare() {
        QFETCH(int, width);
        QFETCH(int, height);
        const auto samples = noise({width, height}, 5);
        const std::clock_t start = std::clock();
        const auto result = resample({samples.data(), {width, height}, 3}, {768, 768}, Filter::Bicubic,
                                     PassOrder::HorizontalFirst, squareAround({width, height}, {1, 2, 3, 0}));
        QCOMPARE(result[0], std::uint8_t{1});
        const double taken = double(std::clock() - start) / CLOCKS_PER_SEC;
        QVERIFY2(taken < 2 * tests::slowdown, qPrintable(QString::number(taken)));
    }
};

QTEST_GUILESS_MAIN(ResampleTest)
#include "resample_test.moc"
