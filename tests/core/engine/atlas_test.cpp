#include <QtTest>

#include "core/engine/atlas.h"
#include "core/files/error.h"

using namespace fusionscope;
using namespace fusionscope::engine;

namespace {

models::ActivationInfo activation(std::string name, std::string row, std::string column) {
    models::ActivationInfo info;
    info.name = std::move(name);
    info.row = std::move(row);
    info.column = std::move(column);
    info.isMap = true;
    return info;
}

/// A 3 × 3 map whose values depend on the name, so that no two are alike.
inspect::FeatureMap mapOf(const std::string& name, int channels) {
    inspect::FeatureMap map{name, 3, 3, channels, {}, false};
    unsigned state = static_cast<unsigned>(std::hash<std::string>()(name));
    for (int i = 0; i < 9 * channels; ++i) {
        state = state * 1664525u + 1013904223u;
        map.data.push_back(static_cast<float>(state >> 8) / 16777216.0f - 0.5f);
    }
    return map;
}

const std::vector<models::ActivationInfo>& activations() {
    static const std::vector<models::ActivationInfo> list = [] {
        std::vector<models::ActivationInfo> all = {
            activation("stage0", "image", "stage0"),     activation("V", "image", "V"),
            activation("caption0", "caption", "layer0"), activation("caption1", "caption", "layer1"),
            activation("ocr0", "ocr", "layer0"),         activation("ocr1", "ocr", "layer1"),
            activation("logits", "language", "logits"),
        };
        all.back().isMap = false;
        return all;
    }();
    return list;
}

std::vector<inspect::FeatureMap> maps() {
    std::vector<inspect::FeatureMap> all;
    for (const auto& info : activations()) all.push_back(mapOf(info.name, info.name == "stage0" ? 4 : 6));
    return all;
}

Atlas atlasOf(const MapOptions& options) { return makeAtlas(chooseMaps(activations(), {}, {}), maps(), options); }

}  // namespace

/// Feature maps laid out by prompt and depth.
class AtlasTest : public QObject {
    Q_OBJECT

  private slots:
    void choosesByRowAndColumn() {
        const auto chosen = chooseMaps(activations(), {"caption", "o*"}, {"layer0"});
        QCOMPARE(chosen.size(), size_t{2});
        QCOMPARE(chosen[0].name, std::string("caption0"));
        QCOMPARE(chosen[1].name, std::string("ocr0"));
        QCOMPARE(chooseMaps(activations(), {}, {}).size(), size_t{6});  // all that have a grid
    }

    void namesTheRowsWhenNoneFits() {
        try {
            chooseMaps(activations(), {"smell"}, {});
            QFAIL("no error");
        } catch (const Error& error) {
            QVERIFY(std::string(error.what()).find("image, caption, ocr") != std::string::npos);
        }
    }

    void putsEachMapAtItsPlace() {
        const auto atlas = atlasOf({});
        QCOMPARE(atlas.rows, (std::vector<std::string>{"image", "caption", "ocr"}));
        QCOMPARE(atlas.columns, (std::vector<std::string>{"stage0", "V", "layer0", "layer1"}));
        QCOMPARE(atlas.cells.size(), size_t{6});
        QCOMPARE(atlas.cells[5].row, 2);
        QCOMPARE(atlas.cells[5].column, 3);
        QCOMPARE(atlas.cells[5].features->name, std::string("ocr1"));
    }

    void keepsDepthsOfDifferentPartsApart() {
        const std::vector<models::ActivationInfo> chosen = {
            activation("tower/encoder/ocr/layer0", "ocr", "layer0"), activation("fusion/projected", "fused", "projected"),
            activation("llm/layer0", "language", "layer0")};
        std::vector<inspect::FeatureMap> features;
        for (const auto& info : chosen) features.push_back(mapOf(info.name, 4));
        const auto atlas = makeAtlas(chosen, std::move(features), {});
        QCOMPARE(atlas.columns, (std::vector<std::string>{"layer0", "projected", "layer0"}));
        QCOMPARE(atlas.cells[2].column, 2);
    }

    void sharesABasisAsFarAsAsked_data() {
        QTest::addColumn<int>("scope");
        QTest::addColumn<int>("bases");
        QTest::newRow("each map") << int(BasisScope::Map) << 6;
        QTest::newRow("row, two widths in the first") << int(BasisScope::Row) << 4;
        QTest::newRow("all, two widths") << int(BasisScope::All) << 2;
    }
    void sharesABasisAsFarAsAsked() {
        QFETCH(int, scope);
        QFETCH(int, bases);
        MapOptions options;
        options.basis = static_cast<BasisScope>(scope);
        for (const auto kind : {MapKind::Pca, MapKind::Foreground}) {
            options.kind = kind;
            const auto atlas = atlasOf(options);
            QCOMPARE(int(atlas.bases.size()), bases);
            for (const auto& cell : atlas.cells) {
                QVERIFY(std::holds_alternative<inspect::ColourMap>(cell.drawing));
                QCOMPARE(atlas.bases.at(size_t(cell.basis)).channels, cell.features->channels);
            }
        }
    }

    void takesASavedBasisForMapsOfItsWidth() {
        const auto own = atlasOf({});
        MapOptions options;
        options.savedBasis = std::make_shared<const inspect::PcaBasis>(own.bases.at(size_t(own.cells[1].basis)));
        const auto atlas = atlasOf(options);
        QCOMPARE(std::get<inspect::ColourMap>(atlas.cells[1].drawing).values,
                 std::get<inspect::ColourMap>(own.cells[1].drawing).values);
        QCOMPARE(std::get<inspect::ColourMap>(atlas.cells[0].drawing).values,
                 std::get<inspect::ColourMap>(own.cells[0].drawing).values);  // another width: its own
        QVERIFY(std::get<inspect::ColourMap>(atlas.cells[3].drawing).values !=
                std::get<inspect::ColourMap>(own.cells[3].drawing).values);
    }

    void similarityIsOneAtTheSelection() {
        MapOptions options;
        options.kind = MapKind::Similarity;
        options.selection = {{0.9, 0.1, 0.9, 0.1}};  // the upper right patch
        for (const auto& cell : atlasOf(options).cells) {
            const auto& map = std::get<inspect::ScalarMap>(cell.drawing);
            QVERIFY(std::abs(map.values[2] - 1) < 1e-6f);
            QVERIFY(std::abs(cell.range.high - 1) < 1e-6f);
        }
    }

    void drawsEveryOtherKind() {
        MapOptions options;
        options.kind = MapKind::Norm;
        QVERIFY(std::holds_alternative<inspect::ScalarMap>(atlasOf(options).cells[0].drawing));
        options.kind = MapKind::Channel;
        QVERIFY(atlasOf(options).cells[0].channel >= 0);
        options.channel = 3;
        QCOMPARE(atlasOf(options).cells[0].channel, 3);
        options.kind = MapKind::Cluster;
        options.clusters = 2;
        QCOMPARE(std::get<inspect::LabelMap>(atlasOf(options).cells[0].drawing).count, 2);
    }

    void refusesOptionsOutOfRange_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("number");
        QTest::newRow("no selection") << int(MapKind::Similarity) << 0;
        QTest::newRow("channel beyond the map") << int(MapKind::Channel) << 5;
        QTest::newRow("no clusters") << int(MapKind::Cluster) << 0;
        QTest::newRow("too many clusters") << int(MapKind::Cluster) << 65;
    }
    void refusesOptionsOutOfRange() {
        QFETCH(int, kind);
        QFETCH(int, number);
        MapOptions options;
        options.kind = static_cast<MapKind>(kind);
        options.channel = options.clusters = number;
        QVERIFY_EXCEPTION_THROWN(atlasOf(options), Error);
    }

    void refusesAMissingMap() {
        QVERIFY_EXCEPTION_THROWN(makeAtlas(chooseMaps(activations(), {}, {}), {}, {}), Error);
    }

    void stops() {
        std::stop_source source;
        source.request_stop();
        QVERIFY_EXCEPTION_THROWN(makeAtlas(chooseMaps(activations(), {}, {}), maps(), {}, {source.get_token(), {}}), Stopped);
    }

    void namesReadBack() {
        for (const auto kind : {MapKind::Pca, MapKind::Foreground, MapKind::Similarity, MapKind::Norm, MapKind::Channel,
                                MapKind::Cluster})
            QCOMPARE(int(mapKindNamed(name(kind))), int(kind));
        QVERIFY_EXCEPTION_THROWN(mapKindNamed("jet"), Error);
    }
};

QTEST_GUILESS_MAIN(AtlasTest)
#include "atlas_test.moc"
