#include <QtTest>
#include <limits>

#include "core/inspect/channels.h"
#include "core/inspect/feature_map.h"
#include "core/inspect/norm.h"
#include "maps.h"

using namespace fusionscope::inspect;
using namespace fusionscope::tests;

class FeatureMapTest : public QObject {
    Q_OBJECT

  private slots:
    void refusesUnsoundMaps() {
        const FeatureMap sound = noiseMap(2, 3, 4, 1);
        requireSound(sound);
        const auto changed = [&](auto change) {
            FeatureMap map = sound;
            change(map);
            return map;
        };
        COMPARE_REFUSAL(requireSound(FeatureMap{}), "0 × 0 × 0");
        COMPARE_REFUSAL(requireSound(changed([](FeatureMap& m) { m.rows = -2; })), "-2 × 3 × 4");
        COMPARE_REFUSAL(requireSound(changed([](FeatureMap& m) { m.channels = 5; })), "24 values, its shape 2 × 3 × 5 needs 30");
        COMPARE_REFUSAL(requireSound(changed([](FeatureMap& m) { m.data[13] = std::numeric_limits<float>::quiet_NaN(); })),
                        "patch 3, channel 1 is nan");
        COMPARE_REFUSAL(requireSound(changed([](FeatureMap& m) { m.data[23] = -std::numeric_limits<float>::infinity(); })),
                        "patch 5, channel 3 is -inf");
        // A product that wraps round to the number of values.
        COMPARE_REFUSAL(requireSound(FeatureMap{"huge", 1 << 30, 1 << 30, 16, {}, false}), "at most");
    }

    void aPointFindsThePatchBelowItOnEveryGrid() {
        const FeatureMap coarse = noiseMap(8, 8, 1, 1), fine = noiseMap(64, 64, 1, 1), wide = noiseMap(2, 5, 1, 1);
        QCOMPARE(patchAt(coarse, 0.4, 0.85), 6 * 8 + 3);
        QCOMPARE(patchAt(fine, 0.4, 0.85), 54 * 64 + 25);
        QCOMPARE(patchAt(wide, 0.99, 0.5), 9);
        QCOMPARE(patchAt(coarse, 1.0, 1.0), 63);  // the border belongs to the last patch
        QCOMPARE(patchAt(coarse, -3, 9), 56);
        QCOMPARE(patchAt(coarse, std::numeric_limits<double>::quiet_NaN(), 0), 0);
    }

    void everyPatchIsFoundAtItsCentre() {
        const FeatureMap map = noiseMap(7, 13, 1, 1);
        for (int patch = 0; patch < map.patches(); ++patch) {
            QCOMPARE(patchAt(map, (patch % 13 + 0.5) / 13, (patch / 13 + 0.5) / 7), patch);
        }
    }

    void boxHoldsThePatchesWhoseCentresItHolds() {
        const FeatureMap map = noiseMap(4, 4, 1, 1);
        QCOMPARE(patchesIn(map, 0, 0, 0.5, 0.3), (std::vector<int>{0, 1}));
        QCOMPARE(patchesIn(map, 0, 0, 1, 1).size(), std::size_t{16});
        QCOMPARE(patchesIn(map, 0.45, 0.45, 0.46, 0.46), (std::vector<int>{5}));  // no centre inside: the patch under it
        QCOMPARE(patchesIn(map, 2, 2, 3, 3), (std::vector<int>{15}));
    }

    void rangeIsSmallestAndLargest() {
        const std::vector<float> values = {3, -2, 7, 0};
        QCOMPARE(rangeOf(values).low, -2.0F);
        QCOMPARE(rangeOf(values).high, 7.0F);
        QCOMPARE(rangeOf({}).high, 0.0F);
    }

    void normIsTheLengthOfEachPatch() {
        const FeatureMap map = mapOf(1, 3, 2, {3, 4, 0, 0, -5, 12});
        QCOMPARE(normMap(map).values, (std::vector<float>{5, 0, 13}));
        QVERIFY(std::isfinite(normMap(mapOf(1, 1, 2, {2e38F, 2e38F})).values[0]));  // the sum of squares fits no float
    }

    void channelsAreSortedByVariance() {
        const FeatureMap map = mapOf(2, 1, 4, {1, 5, 0, 3, 1, 7, 4, 5});
        const std::vector<ChannelVariance> channels = channelsByVariance(map);
        QCOMPARE(channels.size(), std::size_t{4});
        const int order[] = {2, 1, 3, 0};  // 1 and 3 vary equally: by number
        const double variances[] = {4, 1, 1, 0};
        for (std::size_t i = 0; i < 4; ++i) {
            QCOMPARE(channels[i].channel, order[i]);
            QCOMPARE(channels[i].variance, variances[i]);
        }
    }

    void channelMapShowsOneChannel() {
        const FeatureMap map = mapOf(2, 2, 3, {0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32});
        const ScalarMap channel = channelMap(map, 1);
        QCOMPARE(channel.values, (std::vector<float>{1, 11, 21, 31}));
        QCOMPARE(channel.rows, 2);
        COMPARE_REFUSAL(channelMap(map, 3), "channel 3 is outside");
        COMPARE_REFUSAL(channelMap(map, -1), "channel -1 is outside");
        COMPARE_REFUSAL(channelsByVariance(FeatureMap{}), "shape");
    }
};

QTEST_GUILESS_MAIN(FeatureMapTest)
#include "feature_map_test.moc"
