#include <QtTest>

#include "pages.h"
#include "ui/plot/atlas_layout.h"
#include "ui/plot/text.h"

using namespace fusionscope::plot;
using namespace fusionscope::tests;

namespace {

/// Everything that must not touch, marks of the cells included.
std::vector<QRectF> partsOf(const AtlasLayout& layout) {
    std::vector<QRectF> parts{layout.title, layout.subtitle, layout.pictureCaption, layout.picture, layout.columnAxis, layout.marks, layout.legend};
    for (const auto* list : {&layout.columnHeads, &layout.rowHeads, &layout.facts}) parts.insert(parts.end(), list->begin(), list->end());
    for (const QRectF& cell : layout.cells) parts.push_back(cell.adjusted(-5, -5, 5, 5));
    std::erase_if(parts, [](const QRectF& part) { return part.isEmpty(); });
    return parts;
}

}  // namespace

class AtlasLayoutTest : public QObject {
    Q_OBJECT

  private slots:
    void nothingOverlapsOrLeavesThePage_data() {
        QTest::addColumn<AtlasPage>("page");
        for (const int rows : {1, 2, 4, 12}) {
            for (const int columns : {1, 3, 9, 16}) {
                QTest::addRow("%d x %d", rows, columns) << pageOf(rows, columns);
                QTest::addRow("%d x %d, full", rows, columns) << fullPageOf(rows, columns);
            }
        }
        AtlasPage classes = fullPageOf(2, 2);
        classes.legend = ClassKey{11, {}};
        QTest::addRow("classes") << classes;
        AtlasPage upright = fullPageOf(4, 4);
        upright.picture = upright.picture.scaled(40, 4000);
        QTest::addRow("upright picture") << upright;
        AtlasPage wide = fullPageOf(1, 16);
        wide.picture = wide.picture.scaled(4000, 10);
        QTest::addRow("wide picture") << wide;
        AtlasPage named = fullPageOf(3, 3);
        named.rows[1] = {QString(500, u'w'), QString(500, u'w')};
        QTest::addRow("long names") << named;
    }
    void nothingOverlapsOrLeavesThePage() {
        QFETCH(AtlasPage, page);
        const AtlasLayout layout = layOut(page);
        QCOMPARE(layout.cells.size(), page.cells.size());
        QCOMPARE(layout.facts.size(), page.recipe.size());
        QCOMPARE(layout.size.width() % 8, 0);
        QCOMPARE(layout.size.height() % 8, 0);
        const std::vector<QRectF> parts = partsOf(layout);
        for (std::size_t i = 0; i < parts.size(); ++i) {
            QVERIFY(QRectF(QPointF(16, 16), QSizeF(layout.size) - QSizeF(32, 32)).contains(parts[i]));
            for (std::size_t j = 0; j < i; ++j) {
                const QRectF common = parts[i].intersected(parts[j]);
                QVERIFY2(common.width() < 0.01 || common.height() < 0.01, qPrintable(QString("parts %1 and %2").arg(i).arg(j)));
            }
        }
        // A range stands below its map's mark and above the next map's.
        for (std::size_t i = 0; i < layout.cells.size(); ++i) {
            if (layout.ranges[i].isEmpty()) continue;
            QVERIFY(layout.ranges[i].top() >= layout.cells[i].bottom() + 5);
            for (const QRectF& cell : layout.cells) QVERIFY(!cell.adjusted(-5, -5, 5, 5).intersects(layout.ranges[i]));
        }
    }

    void depthRunsAlongXAndPromptsAlongY() {
        const AtlasLayout layout = layOut(pageOf(3, 5));
        for (int row = 0; row < 3; ++row) {
            for (int column = 0; column < 5; ++column) {
                const QRectF& cell = layout.cells[static_cast<std::size_t>(row * 5 + column)];
                QCOMPARE(cell.center().x(), layout.columnHeads[static_cast<std::size_t>(column)].center().x());
                QCOMPARE(cell.center().y(), layout.rowHeads[static_cast<std::size_t>(row)].center().y());
            }
        }
        QVERIFY(layout.cells[1].left() > layout.cells[0].right());
        QVERIFY(layout.cells[5].top() > layout.cells[0].bottom());
    }

    void factsFlowInColumnsAndTakeTwoLinesWhenLong() {
        AtlasPage page = fullPageOf(4, 9);
        const AtlasLayout layout = layOut(page);
        QVERIFY(layout.facts[6].left() > layout.facts[0].left());
        QCOMPARE(layout.facts[4].top(), layout.facts[0].top());  // 7 facts: 4 and 3
        page.recipe[0].value = QString("word ").repeated(200);
        const AtlasLayout longer = layOut(page);
        QCOMPARE(longer.facts[0].height(), layout.facts[0].height() + 16);
        QCOMPARE(longer.facts[1].top(), layout.facts[1].top() + 16);
        QCOMPARE(longer.facts[4].top(), layout.facts[4].top());
    }

    void fewMapsAreDrawnLarger() {
        QVERIFY(layOut(pageOf(1, 1)).cells[0].width() > layOut(pageOf(4, 6)).cells[0].width());
        QVERIFY(layOut(pageOf(4, 6)).cells[0].width() > layOut(pageOf(4, 16)).cells[0].width() - 1);
        QVERIFY(layOut(pageOf(4, 16)).cells[0].width() >= 104);
    }

    void textBreaksBetweenWordsAndEndsInAnEllipsis() {
        const TextStyle style{TextSize::Small, Qt::black};
        const QStringList lines = wrapped("What does the sign above the door of the shop say?", 100, 2, style);
        QCOMPARE(lines.size(), 2);
        QVERIFY(lines[1].endsWith(u'…'));
        for (const QString& line : lines) QVERIFY(widthOf(line, style) <= 100);
        QCOMPARE(wrapped("short", 100, 2, style), QStringList{"short"});
        QCOMPARE(wrapped("", 100, 2, style), QStringList{});
        QCOMPARE(wrapped("two\nlines\tand\x01more", 1000, 2, style), QStringList{"two lines and more"});
    }

    void figuresHaveOneWidth() {
        const TextStyle style{TextSize::Small, Qt::black, false, true};
        for (const QChar digit : QStringLiteral("123456789")) QCOMPARE(widthOf(QString(20, digit), style), widthOf(QString(20, u'0'), style));
    }
};

QTEST_MAIN(AtlasLayoutTest)
#include "atlas_layout_test.moc"
