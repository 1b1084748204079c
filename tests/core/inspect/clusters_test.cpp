#include <QtTest>
#include <algorithm>
#include <limits>
#include <set>

#include "core/inspect/clusters.h"
#include "maps.h"

using namespace fusionscope::inspect;
using namespace fusionscope::tests;

namespace {

/// Squared distances to the centres of the labels' clusters, added up.
double inertiaOf(const FeatureMap& map, const LabelMap& labels) {
    double inertia = 0;
    for (int label = 0; label < labels.count; ++label) {
        std::vector<double> centre(map.channels, 0.0);
        double size = 0;
        for (int pass = 0; pass < 2; ++pass) {
            for (int patch = 0; patch < map.patches(); ++patch) {
                if (labels.labels[static_cast<std::size_t>(patch)] != label) continue;
                if (pass == 0) ++size;
                for (int c = 0; c < map.channels; ++c) {
                    const double value = map.patch(patch)[static_cast<std::size_t>(c)];
                    if (pass == 0) centre[static_cast<std::size_t>(c)] += value;
                    else inertia += std::pow(value - centre[static_cast<std::size_t>(c)] / size, 2);
                }
            }
        }
    }
    return inertia;
}

}  // namespace

class ClustersTest : public QObject {
    Q_OBJECT

  private slots:
    void findsGroupsThatLieApartLargestFirst() {
        const FeatureMap map = mapOf(2, 4, 1, {100, 0, 1, 50, 0, 1, 51, 2});
        ClusterOptions options;
        options.count = 3;
        const Clusters clusters = clusterPatches(map, options);
        QCOMPARE(clusters.labels.count, 3);
        QCOMPARE(clusters.labels.labels, (std::vector<int>{2, 0, 0, 1, 0, 0, 1, 0}));
        // 0, 1, 0, 1, 2 around 0.8 and 50, 51 around 50.5.
        QVERIFY(std::fabs(clusters.inertia - (2 * 0.64 + 2 * 0.04 + 1.44 + 0.5)) < 1e-9);
    }

    void inertiaIsThatOfTheLabelsAndFallsWithMoreClusters() {
        const FeatureMap map = noiseMap(10, 10, 6, 3);
        double before = std::numeric_limits<double>::infinity();
        for (int count = 1; count <= 8; ++count) {
            ClusterOptions options;
            options.count = count;
            const Clusters clusters = clusterPatches(map, options);
            QVERIFY(std::fabs(clusters.inertia - inertiaOf(map, clusters.labels)) < 1e-6);
            QVERIFY(clusters.inertia < before);
            before = clusters.inertia;
        }
    }

    void labelsRunWithoutGapsByFallingSize() {
        ClusterOptions options;
        options.count = 7;
        const LabelMap labels = clusterPatches(noiseMap(9, 9, 4, 11), options).labels;
        std::vector<int> sizes(static_cast<std::size_t>(labels.count), 0);
        for (const int label : labels.labels) ++sizes.at(static_cast<std::size_t>(label));
        QVERIFY(std::is_sorted(sizes.rbegin(), sizes.rend()));
        QVERIFY(sizes.back() > 0);
    }

    void sameSeedGivesSameLabels() {
        const FeatureMap map = noiseMap(12, 12, 8, 6);
        ClusterOptions options;
        const Clusters first = clusterPatches(map, options);
        QCOMPARE(clusterPatches(map, options).labels.labels, first.labels.labels);
        std::set<double> inertias;
        for (options.seed = 1; options.seed < 6; ++options.seed) inertias.insert(clusterPatches(map, options).inertia);
        QVERIFY(inertias.size() > 1);  // the seed is used
    }

    void moreStartsAreNeverWorse() {
        const FeatureMap map = noiseMap(12, 12, 3, 2);
        ClusterOptions one, many;
        one.starts = 1;
        many.starts = 12;
        QVERIFY(clusterPatches(map, many).inertia <= clusterPatches(map, one).inertia);
    }

    void fewerDifferentPatchesGiveFewerClusters() {
        const FeatureMap map = mapOf(2, 3, 2, {0.1F, 0.2F, 0.1F, 0.2F, 7, 7, 0.1F, 0.2F, 7, 7, 0.1F, 0.2F});
        const Clusters clusters = clusterPatches(map);
        QCOMPARE(clusters.labels.count, 2);
        QCOMPARE(clusters.labels.labels, (std::vector<int>{0, 0, 1, 0, 1, 0}));
        QCOMPARE(clusterPatches(mapOf(2, 2, 1, {5, 5, 5, 5})).labels.count, 1);
    }

    void farFromZeroLosesNoDigits() {
        FeatureMap map = mapOf(1, 4, 1, {4096, 4096.5F, 4097, 4097.5F});
        ClusterOptions options;
        options.count = 2;
        QCOMPARE(clusterPatches(map, options).labels.labels, (std::vector<int>{0, 0, 1, 1}));
    }

    void refusesImpossibleWishes() {
        const FeatureMap map = noiseMap(2, 2, 2, 1);
        FeatureMap broken = map;
        broken.data[0] = std::numeric_limits<float>::quiet_NaN();
        COMPARE_REFUSAL(clusterPatches(map, {0, 1, 1, 1}), "0 clusters");
        COMPARE_REFUSAL(clusterPatches(map, {1, 0, 1, 1}), "0 starts");
        COMPARE_REFUSAL(clusterPatches(map, {1, 1, -3, 1}), "-3 iterations");
        COMPARE_REFUSAL(clusterPatches(broken), "nan");
        QCOMPARE(clusterPatches(map, {1 << 30, 1, 10, 1}).labels.count, 4);
    }
};

QTEST_GUILESS_MAIN(ClustersTest)
#include "clusters_test.moc"
