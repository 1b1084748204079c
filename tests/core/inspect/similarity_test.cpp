#include <QtTest>
#include <limits>

#include "core/inspect/similarity.h"
#include "maps.h"

using namespace fusionscope::inspect;
using namespace fusionscope::tests;

class SimilarityTest : public QObject {
    Q_OBJECT

  private slots:
    void isTheCosineByHand() {
        const FeatureMap map = mapOf(1, 4, 2, {3, 4, 4, 3, -6, -8, 0, 0});
        const int patch[] = {0};
        QVERIFY(worstDifference(similarityToPatches(map, patch).values, std::vector{1.0, 24.0 / 25, -1.0, 0.0}) < 1e-6);
    }

    void meanOfTheMapIsTakenOffWhenAsked() {
        // Around the mean (10, 10) the patches lie at (1, 0), (−1, 0), (0, 2), (0, −2).
        const FeatureMap map = mapOf(2, 2, 2, {11, 10, 9, 10, 10, 12, 10, 8});
        const int patch[] = {0};
        QVERIFY(worstDifference(similarityToPatches(map, patch, Origin::Mean).values, std::vector{1.0, -1.0, 0.0, 0.0}) < 1e-6);
        const ScalarMap raw = similarityToPatches(map, patch, Origin::Zero);
        for (const float value : raw.values) QVERIFY(value > 0.98F);
    }

    void severalPatchesAreTheirMean() {
        const FeatureMap map = mapOf(1, 3, 2, {2, 0, 0, 4, 5, 0});
        const int patches[] = {0, 1};
        QCOMPARE(meanOfPatches(map, patches), (std::vector<float>{1, 2}));
        const double length = std::sqrt(5.0);
        QVERIFY(worstDifference(similarityToPatches(map, patches).values, std::vector{1 / length, 2 / length, 1 / length}) < 1e-6);
    }

    void lengthOfTheQueryDoesNotMatter() {
        const FeatureMap map = noiseMap(3, 3, 8, 2);
        std::vector<float> query = noise(8, 3), longer = query;
        for (float& value : longer) value *= 1000;
        QVERIFY(worstDifference(similarityToVector(map, query).values, similarityToVector(map, longer).values) < 1e-6);
    }

    void staysWithinOne() {
        const FeatureMap map = noiseMap(8, 8, 3, 12);
        const int patch[] = {5};
        for (const Origin origin : {Origin::Zero, Origin::Mean}) {
            for (const float value : similarityToPatches(map, patch, origin).values) QVERIFY(value >= -1 && value <= 1);
            QVERIFY(std::fabs(similarityToPatches(map, patch, origin).values[5] - 1) < 1e-6);
        }
    }

    void hugeAndTinyVectorsKeepTheirDirection() {
        const FeatureMap map = mapOf(1, 2, 2, {3e38F, 0, 1e-40F, 1e-40F});
        const int patch[] = {0};
        QVERIFY(worstDifference(similarityToPatches(map, patch).values, std::vector{1.0, std::sqrt(0.5)}) < 1e-4);
    }

    void refusesWhatDoesNotFit() {
        const FeatureMap map = noiseMap(2, 2, 3, 1);
        const int outside[] = {4}, negative[] = {-1};
        const std::vector<float> query(4, 1.0F);
        COMPARE_REFUSAL(similarityToPatches(map, {}), "no patch");
        COMPARE_REFUSAL(similarityToPatches(map, outside), "patch 4 is outside");
        COMPARE_REFUSAL(similarityToPatches(map, negative), "patch -1 is outside");
        COMPARE_REFUSAL(similarityToVector(map, query), "4 values");
        COMPARE_REFUSAL(similarityToVector(FeatureMap{}, {}), "shape");
    }
};

QTEST_GUILESS_MAIN(SimilarityTest)
#include "similarity_test.moc"
