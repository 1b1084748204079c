#include "ui/media/patch_grid.h"

#include <QtTest>

#include "ui/media/region_tool.h"

using namespace fusionscope;
using namespace fusionscope::ui;

namespace {

/// A wide picture in the middle of a square, as Florence-VL pads it: 100 rows of padding above and below.
const image::PictureTransform padded = image::PictureTransform::showing({0, -100, 400, 300}, {400, 200}, {768, 768});
const image::PictureTransform stretched = image::PictureTransform::showing({0, 0, 400, 200}, {400, 200}, {768, 768});

}  // namespace

class PatchGridTest : public QObject {
    Q_OBJECT

  private slots:
    void everyPatchIsFoundAtItsCentre_data() {
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("columns");
        QTest::addColumn<bool>("pads");
        QTest::newRow("nano, padded") << 8 << 8 << true;
        QTest::newRow("large, stretched") << 24 << 24 << false;
        QTest::newRow("oblong") << 3 << 7 << true;
        QTest::newRow("one patch") << 1 << 1 << true;
    }
    void everyPatchIsFoundAtItsCentre() {
        QFETCH(int, rows);
        QFETCH(int, columns);
        QFETCH(bool, pads);
        const PatchGrid grid{rows, columns, pads ? padded : stretched};
        for (int index = 0; index < rows * columns; ++index) {
            const auto cell = grid.cellOf(index);
            QCOMPARE(grid.indexOf(cell), index);
            QCOMPARE(grid.cellAt(grid.rectOf(cell).center()), std::optional(cell));
            QCOMPARE(grid.cellOf(grid.placeOf(cell)), cell);
        }
    }

    void patchesOfThePaddingLieOutsideOfThePicture() {
        const PatchGrid grid{8, 8, padded};
        QCOMPARE(grid.rectOf({0, 0}), QRectF(0, -100, 50, 50));
        QCOMPARE(grid.cellAt({10, 10}), std::optional(Cell{2, 0}));
        QCOMPARE(grid.cellAt({10, -60}), std::optional(Cell{0, 0}));
        QCOMPARE(grid.cellAt({10, -101}), std::optional<Cell>());
        QCOMPARE(grid.cellAt({400, 10}), std::optional<Cell>());
    }

    void oneSelectionIsFollowedThroughGridsOfOtherSize() {
        const PatchGrid coarse{8, 8, padded}, fine{24, 24, padded};
        for (int index = 0; index < 64; ++index) {
            const auto cell = coarse.cellOf(index);
            const auto follows = fine.cellOf(coarse.placeOf(cell));
            QVERIFY(coarse.rectOf(cell).contains(fine.rectOf(follows)));
        }
    }

    void marksBoxesInsideThePictureAlone() {
        RegionTool tool;
        tool.setBounds({400, 200}, std::nullopt);
        tool.choose(Tool::Box);
        QVERIFY(!tool.press({350, 150}, 1));
        tool.move({1000, -50});
        const auto region = tool.release(false);
        QVERIFY(region && region->kind == Region::Kind::Box);
        QCOMPARE(region->outline.boundingRect(), QRectF(350, 0, 50, 150));
        QVERIFY(!tool.isBegun());
    }

    void dropsSlipsOfTheHand() {
        RegionTool tool;
        tool.setBounds({400, 200}, PatchGrid{8, 8, padded});
        tool.choose(Tool::Box);
        tool.press({10, 10}, 1);
        tool.move({11, 11});
        QVERIFY(!tool.release(false));
        tool.choose(Tool::Polygon);
        tool.press({10, 10}, 1);
        tool.press({100, 100}, 1);
        QVERIFY(!tool.finish());
    }

    void closesAPolygonAtItsFirstCorner() {
        RegionTool tool;
        tool.setBounds({400, 200}, std::nullopt);
        tool.choose(Tool::Polygon);
        for (const auto& at : {QPointF(10, 10), QPointF(100, 10), QPointF(300, 150), QPointF(100, 100)}) {
            QVERIFY(!tool.press(at, 5));
            QVERIFY(!tool.release(false));
        }
        tool.takeBack();
        const auto region = tool.press({12, 12}, 5);
        QVERIFY(region && region->kind == Region::Kind::Polygon);
        QCOMPARE(region->outline, QPolygonF({QPointF(10, 10), QPointF(100, 10), QPointF(300, 150)}));
    }

    void marksThePatchesThatADragCrosses() {
        RegionTool tool;
        tool.setBounds({400, 200}, PatchGrid{8, 8, padded});
        tool.choose(Tool::Patches);
        tool.press({25, 25}, 1);
        tool.move({175, 25});
        QVERIFY(!tool.release(true));  // goes on
        tool.press({25, 175}, 1);
        const auto region = tool.release(false);
        QVERIFY(region && region->kind == Region::Kind::Patches);
        QCOMPARE(region->patches, (std::vector<int>{16, 17, 18, 19, 40}));
        QCOMPARE(region->outline.boundingRect(), QRectF(0, 0, 200, 200));
        QCOMPARE(region->rows, 8);
        QCOMPARE(region->columns, 8);
    }

    void thereIsNoRegionInThePaddingAlone() { QVERIFY(!regionOf(PatchGrid{8, 8, padded}, {{0, 3}, {7, 7}})); }
};

QTEST_GUILESS_MAIN(PatchGridTest)
#include "patch_grid_test.moc"
