#include <QtTest>
#include <algorithm>
#include <limits>

#include "core/inspect/pca.h"
#include "maps.h"

using namespace fusionscope::inspect;
using namespace fusionscope::tests;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

/// The map of a golden case.
FeatureMap goldenMap(int number) {
    const GoldenTensors inputs("florence-vl/analysis/inputs.safetensors");
    const std::string key = "pca." + std::to_string(number) + ".features";
    const int side = static_cast<int>(std::lround(std::sqrt(inputs.size(key, 0))));
    return mapOf(side, side, inputs.size(key, 1), inputs.floats(key), "golden");
}

double dot(std::span<const double> a, std::span<const double> b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

std::span<const double> component(const PcaBasis& basis, int index) {
    return std::span(basis.components).subspan(static_cast<std::size_t>(index) * basis.channels, basis.channels);
}

}  // namespace

class PcaTest : public QObject {
    Q_OBJECT

  private slots:
    void agreesWithTheRecordedReference_data() {
        QTest::addColumn<int>("number");
        for (int number = 0; number < 3; ++number) QTest::addRow("case %d", number) << number;
    }
    void agreesWithTheRecordedReference() {
        QFETCH(int, number);
        const GoldenTensors expected("florence-vl/analysis/expected.safetensors");
        const std::string key = "pca." + std::to_string(number) + '.';
        const FeatureMap map = goldenMap(number);

        const PcaBasis basis = fitPca(map);

        QVERIFY(worstDifference(basis.mean, expected.floats(key + "mean")) < 1e-6);
        QVERIFY(worstDifference(basis.components, expected.floats(key + "components")) < 1e-6);
        QVERIFY(worstDifference(basis.explainedVariance, expected.floats(key + "explained_variance")) < 1e-5);
        QVERIFY(worstDifference(basis.explainedRatio, expected.floats(key + "explained_ratio")) < 1e-6);
        QVERIFY(worstDifference(project(map, basis), expected.floats(key + "scores")) < 1e-5);
        QVERIFY(worstDifference(pcaColours(map, basis).values, expected.floats(key + "rgb")) < 1e-6);

        const ForegroundBasis foreground = fitForeground(map);
        QCOMPARE(foregroundOf(map, foreground), expected.bytes(key + "foreground"));
        QVERIFY(worstDifference(foregroundColours(map, foreground).values, expected.floats(key + "rgb_refit_foreground")) < 1e-6);
    }

    void findsTheAxesOfACross() {
        // Spread 2 along (3, 4)/5 and 1 across it, around (1, 1).
        const FeatureMap map = mapOf(2, 2, 2, {1 + 1.2F, 1 + 1.6F, 1 - 1.2F, 1 - 1.6F, 1 - 0.8F, 1 + 0.6F, 1 + 0.8F, 1 - 0.6F});
        const PcaBasis basis = fitPca(map, 2);
        QVERIFY(worstDifference(basis.mean, std::vector{1.0, 1.0}) < 1e-6);
        QVERIFY(worstDifference(basis.components, std::vector{0.6, 0.8, 0.8, -0.6}) < 1e-6);
        QVERIFY(worstDifference(basis.explainedVariance, std::vector{8.0 / 3, 2.0 / 3}) < 1e-6);  // divisor 4 − 1
        QVERIFY(worstDifference(basis.explainedRatio, std::vector{0.8, 0.2}) < 1e-6);
        QVERIFY(worstDifference(basis.low, std::vector{-2.0, -1.0}) < 1e-6);
        QVERIFY(worstDifference(basis.high, std::vector{2.0, 1.0}) < 1e-6);
    }

    void componentsAreOrthonormalByFallingVarianceWithFixedSign_data() {
        QTest::addColumn<int>("side");
        QTest::addColumn<int>("channels");
        QTest::newRow("more patches than channels") << 12 << 40;
        QTest::newRow("more channels than patches") << 5 << 300;
        QTest::newRow("searched in a Krylov space") << 24 << 400;
        QTest::newRow("one channel") << 4 << 1;
    }
    void componentsAreOrthonormalByFallingVarianceWithFixedSign() {
        QFETCH(int, side);
        QFETCH(int, channels);
        const FeatureMap map = noiseMap(side, side, channels, 17);
        const PcaBasis basis = fitPca(map, 3);
        QCOMPARE(basis.count(), std::min(3, channels));
        for (int i = 0; i < basis.count(); ++i) {
            const auto own = component(basis, i);
            for (int j = 0; j <= i; ++j) QVERIFY(std::fabs(dot(own, component(basis, j)) - (i == j)) < 1e-9);
            const auto largest = std::max_element(own.begin(), own.end(), [](double a, double b) { return std::fabs(a) < std::fabs(b); });
            QVERIFY(*largest > 0);
            if (i > 0) QVERIFY(basis.explainedVariance[i] <= basis.explainedVariance[i - 1]);
        }
        // What the basis says about itself is what its scores do.
        const std::vector<double> scores = project(map, basis);
        for (int i = 0; i < basis.count(); ++i) {
            double squares = 0, low = inf, high = -inf;
            for (int patch = 0; patch < map.patches(); ++patch) {
                const double score = scores[static_cast<std::size_t>(patch) * basis.count() + i];
                squares += score * score;
                low = std::min(low, score);
                high = std::max(high, score);
            }
            QVERIFY(std::fabs(squares / (map.patches() - 1) / basis.explainedVariance[i] - 1) < 1e-9);
            QVERIFY(std::fabs(low - basis.low[i]) < 1e-9 && std::fabs(high - basis.high[i]) < 1e-9);
        }
    }

    void turningTheFeaturesRoundDoesNotTurnTheComponents() {
        FeatureMap map = noiseMap(6, 6, 10, 3);
        const PcaBasis before = fitPca(map);
        for (float& value : map.data) value = -value;
        const PcaBasis after = fitPca(map);
        QVERIFY(worstDifference(before.components, after.components) < 1e-12);
    }

    void directionWithoutVarianceIsZeroAndBlack() {
        FeatureMap map = mapOf(3, 3, 4, std::vector<float>(36, 0.1F));
        const PcaBasis none = fitPca(map);
        QCOMPARE(none.components, std::vector<double>(12, 0.0));
        QCOMPARE(none.explainedRatio, std::vector<double>(3, 0.0));
        QCOMPARE(pcaColours(map, none).values, std::vector<float>(27, 0.0F));
        for (int patch = 0; patch < 9; ++patch) map.data[static_cast<std::size_t>(patch) * 4 + 2] = static_cast<float>(patch);
        const PcaBasis one = fitPca(map);
        QCOMPARE(one.components, (std::vector<double>{0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
        QCOMPARE(one.explainedRatio, (std::vector<double>{1, 0, 0}));
        const ColourMap colours = pcaColours(map, one);
        QCOMPARE(colours.values[3 * 4], 0.5F);
        QCOMPARE(colours.values[3 * 8], 1.0F);
        QCOMPARE(colours.values[3 * 8 + 1], 0.0F);
    }

    void oneChannelOrOnePatchIsEnough() {
        const FeatureMap line = mapOf(1, 3, 1, {2, 4, 3});
        QCOMPARE(pcaColours(line, fitPca(line)).values, (std::vector<float>{0, 0, 0, 1, 0, 0, 0.5F, 0, 0}));
        const FeatureMap point = mapOf(1, 1, 5, {1, 2, 3, 4, 5});
        QCOMPARE(pcaColours(point, fitPca(point)).values, std::vector<float>(3, 0.0F));
    }

    void jointBasisGivesEqualFeaturesEqualColours() {
        const FeatureMap a = noiseMap(4, 4, 6, 1, "a");
        FeatureMap b = noiseMap(4, 4, 6, 2, "b");
        std::copy_n(a.patch(5).begin(), 6, b.data.begin() + 9 * 6);  // one patch in common
        const FeatureMap* const both[] = {&a, &b};
        const PcaBasis joint = fitPca(both);
        QCOMPARE(joint.maps, (std::vector<std::string>{"a", "b"}));
        const ColourMap inA = pcaColours(a, joint), inB = pcaColours(b, joint);
        for (int c = 0; c < 3; ++c) {
            QCOMPARE(inA.values[3 * 5 + c], inB.values[3 * 9 + c]);
            const auto [low, high] = std::pair(std::min(inA.values[c], inB.values[c]), std::max(inA.values[c], inB.values[c]));
            QVERIFY(low >= 0 && high <= 1);
        }
        // It is the basis of all patches under one another.
        FeatureMap stacked = mapOf(8, 4, 6, a.data);
        stacked.data.insert(stacked.data.end(), b.data.begin(), b.data.end());
        QVERIFY(worstDifference(fitPca(stacked).components, joint.components) < 1e-12);
        // Each on its own would have coloured the common patch differently.
        QVERIFY(worstDifference(pcaColours(a, fitPca(a)).values, inA.values) > 0.01);
    }

    void colourBeyondTheBasisIsClamped() {
        const FeatureMap map = mapOf(1, 2, 1, {0, 1}), wider = mapOf(1, 3, 1, {-5, 0.25F, 7});
        const PcaBasis basis = fitPca(map);
        QCOMPARE(pcaColours(wider, basis).values, (std::vector<float>{0, 0, 0, 0.25F, 0, 0, 1, 0, 0}));
    }

    void foregroundIsColouredByItsOwnBasis() {
        // 12 patches near zero and 8 far along channel 0 that differ in channels 1 and 2.
        FeatureMap map = mapOf(4, 5, 3, std::vector<float>(60, 0.0F));
        for (int patch = 12; patch < 20; ++patch) {
            map.data[static_cast<std::size_t>(patch) * 3] = 100;
            map.data[static_cast<std::size_t>(patch) * 3 + 1] = static_cast<float>(patch - 12);
            map.data[static_cast<std::size_t>(patch) * 3 + 2] = static_cast<float>((patch % 3) * 0.5);
        }
        const ForegroundBasis basis = fitForeground(map);
        const auto mask = foregroundOf(map, basis);
        for (int patch = 0; patch < 20; ++patch) QCOMPARE(mask[static_cast<std::size_t>(patch)], patch >= 12);
        QVERIFY(std::fabs(component(basis.all, 0)[0]) > 0.99);
        QVERIFY(std::fabs(component(basis.foreground, 0)[1]) > 0.9);  // within the foreground channel 0 does not vary
        const ColourMap colours = foregroundColours(map, basis);
        for (int i = 0; i < 12 * 3; ++i) QCOMPARE(colours.values[static_cast<std::size_t>(i)], 0.0F);
        QVERIFY(colours.values[3 * 19] > 0.9F);
    }

    void aHandfulOfForegroundPatchesKeepsTheFirstBasis() {
        FeatureMap map = noiseMap(4, 4, 3, 9);
        for (int patch = 0; patch < 3; ++patch) map.data[static_cast<std::size_t>(patch) * 3] += 50;
        const ForegroundBasis basis = fitForeground(map);
        QCOMPARE(basis.foreground.components, basis.all.components);
        const auto mask = foregroundOf(map, basis);
        QCOMPARE(std::count(mask.begin(), mask.end(), 1), 3);
        QVERIFY(basis.foreground.low[0] > basis.all.low[0] + 10);  // only the foreground's scores span the colours
    }

    void thresholdMovesTheForeground() {
        const FeatureMap map = noiseMap(8, 8, 5, 21);
        const auto count = [&](double threshold) {
            const auto mask = foregroundOf(map, fitForeground(map, threshold));
            return std::count(mask.begin(), mask.end(), 1);
        };
        QVERIFY(count(0.2) > count(0.5) && count(0.5) > count(0.8));
        QCOMPARE(count(1.0), 0);
    }

    void sameFeaturesGiveSameBitsEveryTime() {
        const FeatureMap map = noiseMap(24, 24, 300, 5);
        const PcaBasis first = fitPca(map);
        for (int run = 0; run < 2; ++run) QCOMPARE(fitPca(map).components, first.components);
    }

    void refusesMapsThatDoNotFit() {
        const FeatureMap a = noiseMap(2, 2, 3, 1), b = noiseMap(2, 2, 4, 1, "other");
        FeatureMap broken = a;
        broken.data[7] = std::numeric_limits<float>::infinity();
        const FeatureMap* const both[] = {&a, &b};
        COMPARE_REFUSAL(fitPca(both), "other: the map has 4 channels, the basis 3");
        COMPARE_REFUSAL(project(b, fitPca(a)), "channels");
        COMPARE_REFUSAL(pcaColours(b, fitPca(a)), "channels");
        COMPARE_REFUSAL(fitPca(broken), "patch 2, channel 1 is inf");
        COMPARE_REFUSAL(fitPca(std::span<const FeatureMap* const>{}), "no map");
        COMPARE_REFUSAL(fitPca(a, 0), "0 components");
        COMPARE_REFUSAL(fitForeground(a, -0.1), "threshold");
        COMPARE_REFUSAL(fitForeground(a, std::numeric_limits<double>::quiet_NaN()), "threshold");
        COMPARE_REFUSAL(fitForeground(broken), "inf");
    }
};

QTEST_GUILESS_MAIN(PcaTest)
#include "pca_test.moc"
