#include "core/tiling/any_resolution.h"

#include <QtTest>
#include <nlohmann/json.hpp>

#include "core/files/error.h"
#include "core/files/json.h"

using namespace fusionscope;
using namespace fusionscope::tiling;

namespace {

constexpr int64_t side = 384, patchesOfTile = 27;

Canvases canvases(const nlohmann::json& pinpoints, PairOrder order = PairOrder::HeightFirst) {
    const nlohmann::json config = {{"image_grid_pinpoints", pinpoints}};
    return Canvases::read(files::Fields(config, "config.json"), side, order);
}

/// As JSON text.
QString quoted(const QString& text) { return QString::fromStdString(nlohmann::json(text.toStdString()).dump()); }

int64_t mostTiles(const nlohmann::json& config) {
    return mostTilesOf(files::Fields(config, "config.json"), "vision_aspect_ratio");
}

}  // namespace

class AnyResolutionTest : public QObject {
    Q_OBJECT

  private slots:
    /// Sizes of the published models' tables: heights and widths, canvas, patches that show the picture, patches kept.
    void countsPatchesAsTheReference_data() {
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("width");
        QTest::addColumn<QList<int>>("grid");
        QTest::addColumn<QList<int>>("shown");
        QTest::addColumn<QList<int>>("kept");
        const auto row = [](int height, int width, QList<int> grid, QList<int> shown, QList<int> kept) {
            QTest::addRow("%d x %d", height, width) << height << width << grid << shown << kept;
        };
        row(384, 384, {1, 1}, {27, 27}, {27, 27});
        row(300, 300, {1, 1}, {27, 27}, {27, 27});
        row(480, 640, {2, 2}, {40, 54}, {40, 54});
        row(667, 1000, {2, 3}, {54, 81}, {54, 81});
        row(899, 1024, {3, 3}, {71, 81}, {71, 81});
        row(1152, 1152, {3, 3}, {81, 81}, {81, 81});
        row(1080, 1920, {3, 5}, {75, 135}, {60, 108});
        row(2000, 3000, {4, 6}, {108, 162}, {66, 99});
        row(2304, 2304, {6, 6}, {162, 162}, {81, 81});
        row(4000, 400, {6, 1}, {162, 17}, {162, 17});
    }
    void countsPatchesAsTheReference() {
        QFETCH(int, height);
        QFETCH(int, width);
        QFETCH(QList<int>, grid);
        QFETCH(QList<int>, shown);
        QFETCH(QList<int>, kept);
        const Canvases all = canvases(nullptr);
        const Grid best = all.best({width, height});
        QCOMPARE(best, (Grid{grid[0], grid[1]}));
        const Part part =
            unpadded({width, height}, {best.rows * patchesOfTile, best.columns * patchesOfTile});
        QCOMPARE(part.size, (Grid{shown[0], shown[1]}));
        QCOMPARE(capped(part.size, {patchesOfTile, patchesOfTile}, 9), (Grid{kept[0], kept[1]}));
        QCOMPARE(capped(part.size, {patchesOfTile, patchesOfTile}, 0), part.size);
    }

    void leavesThePaddingOutOnBothSides() {
        QCOMPARE(unpadded({640, 480}, {54, 54}), (Part{7, 0, {40, 54}}));
        QCOMPARE(unpadded({480, 640}, {54, 54}), (Part{0, 7, {54, 40}}));
        // Thinner than a patch: nothing is left of an even number of columns, the middle one of an odd number.
        QCOMPARE(unpadded({1, 4000}, {162, 54}).size, (Grid{162, 0}));
        QCOMPARE(unpadded({1, 4000}, {162, 27}), (Part{0, 13, {162, 1}}));
        QCOMPARE(capped({162, 0}, {27, 27}, 9), (Grid{162, 0}));
    }

    void fillsTheCanvasAsFarAsTheShapeAllows() {
        QCOMPARE(fitted({60, 45}, {68, 68}), (Extent{68, 51}));
        QCOMPARE(fitted({45, 63}, {68, 68}), (Extent{49, 68}));
        QCOMPARE(fitted({1, 100000}, {384, 384}), (Extent{1, 384}));
        QCOMPARE(fitted({384, 384}, {384, 384}), (Extent{384, 384}));
    }

    void readsEveryFormOfTheList_data() {
        QTest::addColumn<QString>("text");
        QTest::newRow("list") << "[[384, 768], [768, 384], [768, 768]]";
        QTest::newRow("text") << quoted("[[384, 768], [768, 384], [768, 768]]");
        QTest::newRow("Python") << quoted("[(384, 768), (768, 384), (768, 768)]");
    }
    void readsEveryFormOfTheList() {
        QFETCH(QString, text);
        const auto json = nlohmann::json::parse(text.toStdString());
        QCOMPARE(canvases(json).grids(), (std::vector<Grid>{{1, 2}, {2, 1}, {2, 2}}));
        QCOMPARE(canvases(json, PairOrder::WidthFirst).grids(), (std::vector<Grid>{{2, 1}, {1, 2}, {2, 2}}));
        const nlohmann::json config = {{"image_grid_pinpoints", json}};
        QCOMPARE(Canvases::smallestSide(files::Fields(config, "config.json")), 384);
    }

    void readsRangesOfTiles() {
        QCOMPARE(canvases("(1x1),...,(6x6)").grids(), canvases(nullptr).grids());
        QCOMPARE(canvases("(1x1),...,(2x3)").grids(),
                 (std::vector<Grid>{{1, 1}, {1, 2}, {1, 3}, {2, 1}, {2, 2}, {2, 3}}));
        QCOMPARE(canvases(nullptr).grids().size(), size_t{36});
    }

    void readsHowManyTilesAreKept() {
        QCOMPARE(mostTiles(nlohmann::json::object()), 9);
        QCOMPARE(mostTiles({{"vision_aspect_ratio", "anyres_max_4"}}), 4);
        QCOMPARE(mostTiles({{"vision_aspect_ratio", "anyres"}}), 0);
        for (const auto* bad : {"pad", "anyres_max_", "anyres_max_0", "anyres_max_-3", "anyres_max_9x", "", "anyres_max_99999"})
            QVERIFY_EXCEPTION_THROWN(mostTiles({{"vision_aspect_ratio", bad}}), Error);
    }

    void refusesCanvasesThatNoPictureCanBeLaidOn_data() {
        QTest::addColumn<QString>("text");
        QTest::newRow("none") << "[]";
        QTest::newRow("10^9 pixels") << "[[1000000000, 1000000000]]";
        QTest::newRow("10^9 tiles") << "[[384, 384000000000]]";
        QTest::newRow("145 tiles") << "[[384, 55680]]";
        QTest::newRow("13 x 13 tiles") << "[[4992, 4992]]";
        QTest::newRow("no whole tiles") << "[[384, 400]]";
        QTest::newRow("zero") << "[[0, 384]]";
        QTest::newRow("negative") << "[[-384, 384]]";
        QTest::newRow("fraction") << "[[384.5, 384]]";
        QTest::newRow("three numbers") << "[[384, 384, 384]]";
        QTest::newRow("numbers alone") << "[384, 384]";
        QTest::newRow("number") << "384";
        QTest::newRow("object") << "{\"384\": 384}";
        QTest::newRow("text of nothing") << quoted("");
        QTest::newRow("text that is no list") << quoted("all of them");
        QTest::newRow("range of nothing") << quoted("x");
        QTest::newRow("range backwards") << quoted("(6x6),...,(1x1)");
        QTest::newRow("range from zero") << quoted("(0x1),...,(6x6)");
        QTest::newRow("range of 10^9") << quoted("(1x1),...,(1000000000x1000000000)");
        QTest::newRow("range cut short") << quoted("(1x");
        QTest::newRow("deep text") << quoted(QString(100000, QLatin1Char('(')));
    }
    void refusesCanvasesThatNoPictureCanBeLaidOn() {
        QFETCH(QString, text);
        const auto json = nlohmann::json::parse(text.toStdString());
        try {
            canvases(json);
            QFAIL("was accepted");
        } catch (const Error& error) {
            const QString sentence = error.what();
            QVERIFY2(sentence.contains("image_grid_pinpoints") && !sentence.contains('\n') && sentence.size() < 400,
                     error.what());
        }
    }
};

QTEST_GUILESS_MAIN(AnyResolutionTest)
#include "any_resolution_test.moc"
