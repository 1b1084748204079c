#include <QElapsedTimer>
#include <QtTest>
#include <random>

#include "core/inspect/similarity.h"
#include "ui/inspect/map_artist.h"
#include "ui/inspect/unit_features.h"

using namespace fusionscope;
using namespace fusionscope::ui;

namespace {

/// A map of random features around a common vector, as a tower's are.
inspect::FeatureMap randomMap(const std::string& name, int side, int channels, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    inspect::FeatureMap map{name, side, side, channels, {}, true};
    std::vector<float> common(static_cast<size_t>(channels));
    for (float& value : common) value = 3 * normal(random);
    for (int patch = 0; patch < side * side; ++patch)
        for (const float value : common) map.data.push_back(value + normal(random));
    return map;
}

}  // namespace

/// Similarity that follows the mouse.
class UnitFeaturesTest : public QObject {
    Q_OBJECT

  private slots:
    void givesTheEnginesSimilarity_data() {
        QTest::addColumn<int>("channels");
        QTest::addColumn<bool>("centred");
        QTest::addColumn<int>("selected");
        QTest::newRow("one patch from zero") << 256 << false << 1;
        QTest::newRow("one patch, centred") << 256 << true << 1;
        QTest::newRow("several patches, centred") << 1024 << true << 7;
        QTest::newRow("a width that fits no vector instruction") << 37 << true << 3;
    }
    void givesTheEnginesSimilarity() {
        QFETCH(int, channels);
        QFETCH(bool, centred);
        QFETCH(int, selected);
        const auto origin = centred ? inspect::Origin::Mean : inspect::Origin::Zero;
        const auto map = randomMap("map", 12, channels, 5);
        std::vector<int> patches;
        for (int i = 0; i < selected; ++i) patches.push_back(17 * i % map.patches());
        const auto expected = inspect::similarityToPatches(map, patches, origin);
        const auto fast = UnitFeatures(map, origin).similarityTo(map, patches);
        QCOMPARE(fast.rows, expected.rows);
        QCOMPARE(fast.values.size(), expected.values.size());
        for (size_t i = 0; i < fast.values.size(); ++i)
            QVERIFY2(std::abs(fast.values[i] - expected.values[i]) < 1e-5F,
                     qPrintable(QStringLiteral("patch %1: %2, expected %3").arg(i).arg(double(fast.values[i])).arg(double(expected.values[i]))));
    }

    void aPatchWithoutLengthIsSimilarToNothing() {
        auto map = randomMap("map", 3, 8, 1);
        std::fill_n(map.data.begin(), 8, 0.0F);
        const std::vector<int> patches = {4};
        QCOMPARE(UnitFeatures(map, inspect::Origin::Zero).similarityTo(map, patches).values[0], 0.0F);
    }

    /// The aim is 16 ms for a click at 24 × 24 patches, 1,024 channels and 20 cells, colours included.
    void redrawsTwentyCellsWhileTheMouseMoves() {
        auto set = std::make_shared<FeatureSet>();
        DrawRequest request;
        for (unsigned i = 0; i < 20; ++i) {
            const auto name = "map" + std::to_string(i);
            set->maps.push_back(std::make_shared<const inspect::FeatureMap>(randomMap(name, 24, 1024, i)));
            models::ActivationInfo activation;
            activation.name = name;
            set->activations.push_back(activation);
            request.cells.push_back(i);
        }
        request.set = set;
        request.options.kind = engine::MapKind::Similarity;
        request.options.origin = inspect::Origin::Mean;
        MapArtist artist;
        double best = 1e9;
        for (int click = 0; click < 8; ++click) {
            const double at = (click + 0.5) / 24;
            request.options.selection = {{at, at, at, at}};
            int drawn = 0;
            QElapsedTimer timer;
            timer.start();
            artist.draw(request, {}, [&](size_t, const DrawnPair& pair) { drawn += !pair.own->image.isNull(); });
            const double took = static_cast<double>(timer.nsecsElapsed()) / 1e6;
            QCOMPARE(drawn, 20);
            if (click > 0) best = std::min(best, took);  // the first one prepares
        }
        qInfo("similarity of 20 maps, 576 patches x 1,024 channels: %.1f ms (aim 16 ms)", best);
        QVERIFY(best < 160);  // ten times the aim: a busy machine must not fail it, a slow path must
    }
};

QTEST_GUILESS_MAIN(UnitFeaturesTest)
#include "unit_features_test.moc"
