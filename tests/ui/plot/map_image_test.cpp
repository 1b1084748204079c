#include <QtTest>
#include <functional>
#include <limits>

#include "core/files/error.h"
#include "ui/plot/map_image.h"
#include "ui/plot/numbers.h"

using namespace fusionscope::plot;
using fusionscope::inspect::ColourMap;
using fusionscope::inspect::LabelMap;
using fusionscope::inspect::Range;
using fusionscope::inspect::ScalarMap;

namespace {

constexpr float notANumber = std::numeric_limits<float>::quiet_NaN();

QString refusalOf(const std::function<void()>& action) {
    try {
        action();
    } catch (const fusionscope::Error& error) {
        return QString::fromUtf8(error.what());
    }
    return QStringLiteral("accepted");
}

QStringList labelsOf(Range range) {
    QStringList labels;
    for (const Tick& tick : ticksOf(range)) labels += tick.label;
    return labels;
}

}  // namespace

class MapImageTest : public QObject {
    Q_OBJECT

  private slots:
    void numbersBecomeColoursOfTheirPlaceInTheRange() {
        const QImage image = toImage(ScalarMap{2, 3, {0, 5, 10, -4, 20, 2.5F}}, ColourScale::Viridis, {0, 10});
        QCOMPARE(image.size(), QSize(3, 2));
        QCOMPARE(image.pixel(0, 0), colourAt(ColourScale::Viridis, 0));
        QCOMPARE(image.pixel(1, 0), colourAt(ColourScale::Viridis, 0.5));
        QCOMPARE(image.pixel(2, 0), colourAt(ColourScale::Viridis, 1));
        QCOMPARE(image.pixel(0, 1), colourAt(ColourScale::Viridis, 0));  // below and above the range
        QCOMPARE(image.pixel(1, 1), colourAt(ColourScale::Viridis, 1));
        QCOMPARE(image.pixel(2, 1), colourAt(ColourScale::Viridis, 0.25));
    }

    void rangeWithoutWidthIsTheMiddle() {
        QCOMPARE(toImage(ScalarMap{1, 1, {3}}, ColourScale::Difference, {3, 3}).pixel(0, 0), colourAt(ColourScale::Difference, 0.5));
    }

    void hugeRangeDoesNotOverflow() {
        const float most = std::numeric_limits<float>::max();
        QCOMPARE(toImage(ScalarMap{1, 1, {0}}, ColourScale::Magma, {-most, most}).pixel(0, 0), colourAt(ColourScale::Magma, 0.5));
    }

    void coloursAreTakenAsTheyCome() {
        const QImage image = toImage(ColourMap{1, 2, {0, 0.5F, 1, 2, -1, 0.2F}});
        QCOMPARE(image.pixel(0, 0), qRgb(0, 128, 255));
        QCOMPARE(image.pixel(1, 0), qRgb(255, 0, 51));
    }

    void labelsBecomeClassColours() {
        const QImage image = toImage(LabelMap{2, 1, 3, {2, 0}});
        QCOMPARE(image.pixel(0, 0), classColour(2));
        QCOMPARE(image.pixel(0, 1), classColour(0));
    }

    void symmetricRangeHoldsZeroInItsMiddle() {
        QCOMPARE(symmetric({-1, 3}).low, -3.0F);
        QCOMPARE(symmetric({-5, 3}).high, 5.0F);
    }

    void refusesUnsoundMaps() {
        QVERIFY(refusalOf([] { toImage(ScalarMap{2, 2, {1, 2, 3}}, ColourScale::Magma, {0, 1}); }).contains("3 values for 2 × 2"));
        QVERIFY(refusalOf([] { toImage(ScalarMap{}, ColourScale::Magma, {0, 1}); }).contains("0 × 0"));
        QVERIFY(refusalOf([] { toImage(ScalarMap{-1, -1, {1}}, ColourScale::Magma, {0, 1}); }).contains("-1 × -1"));
        QVERIFY(refusalOf([] { toImage(ScalarMap{1, 1, {notANumber}}, ColourScale::Magma, {0, 1}); }).contains("nan"));
        QVERIFY(refusalOf([] { toImage(ScalarMap{1, 1, {0}}, ColourScale::Magma, {0, notANumber}); }).contains("nan"));
        QVERIFY(refusalOf([] { toImage(ColourMap{1, 1, {0, 0}}); }).contains("2 values"));
        QVERIFY(refusalOf([] { toImage(ColourMap{1, 1, {0, 0, notANumber}}); }).contains("nan"));
        QVERIFY(refusalOf([] { toImage(LabelMap{1, 1, 2, {2}}); }).contains("a label is 2, expected 0 to 1"));
        QVERIFY(refusalOf([] { toImage(LabelMap{1, 1, 2, {-1}}); }).contains("-1"));
    }

    void ticksAreRoundNumbersInsideTheRange() {
        QCOMPARE(labelsOf({-0.5F, 1}), (QStringList{"−0.5", "0.0", "0.5", "1.0"}));
        QCOMPARE(labelsOf({0.25F, 1}), (QStringList{"0.4", "0.6", "0.8", "1.0"}));
        QCOMPARE(labelsOf({0, 1000}), (QStringList{"0", "200", "400", "600", "800", "1000"}));
        QCOMPARE(labelsOf({14.1F, 14.8F}), (QStringList{"14.2", "14.4", "14.6", "14.8"}));
        QCOMPARE(labelsOf({0, 2e-7F}), (QStringList{"0", "5e−08", "1e−07", "1.5e−07", "2e−07"}));
        QCOMPARE(labelsOf({3, 3}), (QStringList{"3.00"}));
        QCOMPARE(labelsOf({3, 1}), (QStringList{"3.00"}));
    }

    void everyRangeHasAFewTicks() {
        for (float low = -1; low <= 1; low += 0.37F) {
            for (float width = 1e-5F; width < 1e7F; width *= 1.7F) {
                const Range range{low, low + width};
                const std::vector<Tick> ticks = ticksOf(range);
                QVERIFY(ticks.size() >= 2 && ticks.size() <= 6);
                const double slack = 1e-5 * (static_cast<double>(range.high) - range.low);
                for (std::size_t i = 0; i < ticks.size(); ++i) {
                    QVERIFY(ticks[i].value >= range.low - slack && ticks[i].value <= range.high + slack);
                    if (i > 0) QVERIFY(ticks[i].value > ticks[i - 1].value);
                }
            }
        }
    }

    void numbersAreWrittenForReaders() {
        QCOMPARE(formatted(-0.001, 2), QString("0.00"));
        QCOMPARE(formatted(-1.5, 1), QString("−1.5"));
        QCOMPARE(formatted(Range{-0.1234F, 1}), QString("−0.12 … 1.00"));
        QCOMPARE(formatted(Range{0, 0.0321F}), QString("0.0000 … 0.0321"));
        QCOMPARE(formatted(Range{3, 1234}), QString("3 … 1234"));
        QCOMPARE(formatted(Range{0, 0}), QString("0.00 … 0.00"));
        QCOMPARE(formatted(Range{-2e9F, 1}), QString("−2.0e+09 … 1.0e+00"));
    }
};

QTEST_APPLESS_MAIN(MapImageTest)
#include "map_image_test.moc"
