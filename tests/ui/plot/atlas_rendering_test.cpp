#include <QPainter>
#include <QTemporaryDir>
#include <QXmlStreamReader>
#include <QtTest>
#include <limits>

#include "pages.h"
#include "ui/plot/atlas_layout.h"
#include "ui/plot/atlas_rendering.h"

using namespace fusionscope::plot;
using namespace fusionscope::tests;

namespace {

QByteArray contentOf(const QString& file) {
    QFile opened(file);
    return opened.open(QIODevice::ReadOnly) ? opened.readAll() : QByteArray();
}

/// Pixels of a colour inside a part of the page.
int count(const QImage& image, const QRectF& part, const QColor& colour, double scale = 1) {
    int found = 0;
    const QRect pixels = QRectF(part.topLeft() * scale, part.size() * scale).toAlignedRect().intersected(image.rect());
    for (int y = pixels.top(); y <= pixels.bottom(); ++y) {
        for (int x = pixels.left(); x <= pixels.right(); ++x) found += image.pixelColor(x, y) == colour;
    }
    return found;
}

QStringList textsOf(const QByteArray& svg) {
    QStringList texts;
    QXmlStreamReader reader(svg);
    while (!reader.atEnd()) {
        if (reader.readNext() == QXmlStreamReader::StartElement && reader.name() == QLatin1String("text")) texts += reader.readElementText();
    }
    return reader.hasError() ? QStringList() : texts;
}

}  // namespace

class AtlasRenderingTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { QVERIFY(m_folder.isValid()); }

    void pixelsAreSizeTimesScale_data() {
        QTest::addColumn<double>("scale");
        for (const double scale : {0.5, 1.0, 1.5, 2.0, 3.0}) QTest::addRow("%g", scale) << scale;
    }
    void pixelsAreSizeTimesScale() {
        QFETCH(double, scale);
        const AtlasRendering rendering = renderAtlas(fullPageOf(2, 3), Theme::Light);
        const QImage image = toImage(rendering, scale);
        QCOMPARE(image.size(), (QSizeF(rendering.size()) * scale).toSize());
        QCOMPARE(image.dotsPerMeterX(), qRound(96 * scale / 0.0254));
    }

    void onlyMapsThatReachTheLanguageModelCarryTheMark_data() {
        QTest::addColumn<Theme>("theme");
        QTest::newRow("light") << Theme::Light;
        QTest::newRow("dark") << Theme::Dark;
    }
    void onlyMapsThatReachTheLanguageModelCarryTheMark() {
        QFETCH(Theme, theme);
        const AtlasPage page = pageOf(2, 3);
        const AtlasLayout layout = layOut(page);
        const QImage image = toImage(renderAtlas(page, theme), 1);
        const QColor accent = theme == Theme::Light ? QColor("#0F766E") : QColor("#2DD4BF");
        for (std::size_t i = 0; i < page.cells.size(); ++i) {
            const int marked = count(image, layout.cells[i].adjusted(-6, -6, 6, 6), accent);
            const double outline = 4 * layout.cells[i].width();
            if (page.cells[i].reachesLanguageModel) QVERIFY(marked > 1.5 * outline);
            else QCOMPARE(marked, 0);
        }
        QVERIFY(count(image, layout.marks, accent) > 0);  // the key explains it
        QCOMPARE(image.pixelColor(2, 2), theme == Theme::Light ? QColor("#FAFAF8") : QColor("#1E1F22"));
    }

    void patchesKeepTheirColourAndSharpEdges() {
        AtlasPage page = pageOf(1, 1);
        const QRgb colours[] = {0xffff0000, 0xff00ff00, 0xff0000ff, 0xffffff00};
        for (int i = 0; i < 4; ++i) page.cells[0].image.setPixel(i % 2, i / 2, colours[i]);
        const QRectF cell = layOut(page).cells[0];
        const QImage image = toImage(renderAtlas(page, Theme::Light), 2);
        const double quarter = cell.width() * cell.height() * 4 / 4;  // pixels at scale 2 in one of four patches
        for (const QRgb colour : colours) {
            const int found = count(image, cell, QColor(colour), 2);
            QVERIFY2(found > 0.99 * quarter && found <= quarter, qPrintable(QString::number(found)));  // round corners cost a few
        }
    }

    void selectionIsOutlinedOnPictureAndMaps() {
        AtlasPage page = fullPageOf(1, 2);
        const AtlasLayout layout = layOut(page);
        const auto whites = [&](const QRectF& part) { return count(toImage(renderAtlas(page, Theme::Dark), 1), part, Qt::white); };
        QVERIFY(whites(layout.picture) > 100 && whites(layout.cells[0]) > 50 && whites(layout.cells[1]) > 50);
        page.selection = {QRectF(0.5, 0.5, 0, 0)};  // a point
        QVERIFY(whites(layout.picture) > 20 && whites(layout.cells[0]) > 20);
        page.selection.clear();
        QCOMPARE(whites(layout.picture) + whites(layout.cells[0]) + whites(layout.cells[1]), 0);
    }

    void samePageGivesTheSamePngBytes() {
        const QString first = m_folder.filePath("first.png"), second = m_folder.filePath("second.png");
        writePng(renderAtlas(fullPageOf(2, 4), Theme::Dark), first);
        writePng(renderAtlas(fullPageOf(2, 4), Theme::Dark), second);
        QVERIFY(contentOf(first).startsWith("\x89PNG"));
        QCOMPARE(contentOf(first), contentOf(second));
        writePng(renderAtlas(fullPageOf(2, 4), Theme::Light), second);
        QVERIFY(contentOf(first) != contentOf(second));
    }

    void pngCarriesItsRecipe() {
        const QString file = m_folder.filePath("recipe.png");
        writePng(renderAtlas(fullPageOf(1, 1), Theme::Light), file, 1);
        const QImage image(file);
        QCOMPARE(image.text("Title"), QString("Title of the page"));
        QVERIFY(image.text("Description").contains("fact 3: value 3"));
    }

    void svgIsWellFormedWithEveryLabelAsText() {
        AtlasPage page = fullPageOf(2, 3);
        page.title = "a < b & \"c\" ü";
        const QString file = m_folder.filePath("page.svg");
        writeSvg(renderAtlas(page, Theme::Light), file);
        const QByteArray svg = contentOf(file);
        const QStringList texts = textsOf(svg);
        for (const char* label : {"a < b & \"c\" ü", "subtitle", "row 1", "stage 2", "2 × 2", "depth →", "picture.png", "fact 6", "value 6",
                                  "cosine similarity", "−0.5", "reaches the language model", "only shown", "a note", "0.00 … 1.50"}) {
            QVERIFY2(texts.contains(QString::fromUtf8(label)), label);
        }
        QCOMPARE(svg.count("<image"), 2 * 3 + 2);  // maps, picture, colour bar
        QVERIFY(svg.contains(", sans-serif\""));
        QVERIFY(!svg.contains("font-family=\"Sans Serif\""));
    }

    void hostileTextLeavesTheSvgWellFormed() {
        AtlasPage page = fullPageOf(1, 1);
        const QString hostile = QStringLiteral("</desc><script>\"]]>&amp;\u0001\u001b[31m\n\uFFFE ") + QChar(0xD800) + QString(5000, u'x');
        page.title = page.subtitle = page.note = page.pictureCaption = page.rows[0].title = page.rows[0].detail = hostile;
        page.columns[0] = {hostile, hostile};
        page.recipe[0] = {hostile, hostile};
        const QString file = m_folder.filePath("hostile.svg");
        writeSvg(renderAtlas(page, Theme::Light), file);
        QVERIFY(!textsOf(contentOf(file)).isEmpty());
        QVERIFY(!contentOf(file).contains("<script"));
        writePdf(renderAtlas(page, Theme::Light), m_folder.filePath("hostile.pdf"));
        writePng(renderAtlas(page, Theme::Light), m_folder.filePath("hostile.png"), 1);
        QVERIFY(!QImage(m_folder.filePath("hostile.png")).isNull());
    }

    void pdfIsOnePageOfTheSameShapeWithVectorText() {
        const AtlasRendering rendering = renderAtlas(fullPageOf(4, 16), Theme::Light);
        const QString file = m_folder.filePath("page.pdf");
        writePdf(rendering, file);
        const QByteArray pdf = contentOf(file);
        QVERIFY(pdf.startsWith("%PDF-1."));
        QVERIFY(pdf.trimmed().endsWith("%%EOF"));
        QCOMPARE(pdf.count("/Type /Page\n"), 1);
        QVERIFY(pdf.contains("/FontFile2") || pdf.contains("/FontFile3"));  // glyphs, not pictures of text
        const QRegularExpressionMatch box = QRegularExpression("/MediaBox \\[0 0 ([0-9.]+) ([0-9.]+)\\]").match(QString::fromLatin1(pdf));
        QVERIFY(box.hasMatch());
        QVERIFY(std::fabs(box.captured(1).toDouble() - rendering.size().width() * 0.75) < 0.5);
        QVERIFY(std::fabs(box.captured(2).toDouble() - rendering.size().height() * 0.75) < 0.5);
    }

    void paintsInsideAnotherPicture() {
        const AtlasRendering rendering = renderAtlas(pageOf(1, 1), Theme::Light);
        QImage canvas(rendering.size() * 2, QImage::Format_RGB32);
        canvas.fill(Qt::red);
        QPainter painter(&canvas);
        painter.translate(rendering.size().width(), rendering.size().height());
        rendering.paint(painter, 1);
        painter.end();
        QCOMPARE(count(canvas, QRectF(QPointF(0, 0), QSizeF(rendering.size())), Qt::red), rendering.size().width() * rendering.size().height());
        QCOMPARE(count(canvas, QRectF(QPointF(rendering.size().width(), rendering.size().height()), QSizeF(rendering.size())), Qt::red), 0);
    }

    void everyLegendIsDrawn_data() {
        QTest::addColumn<AtlasLegend>("legend");
        QTest::addColumn<QStringList>("texts");
        QTest::newRow("classes") << AtlasLegend(ClassKey{3, {"background"}}) << QStringList{"background", "2", "3"};
        QTest::newRow("components") << AtlasLegend(ComponentKey{{0.5, 0.25}})
                                    << QStringList{"red: component 1", "50.0 % of variance", "25.0 % of variance", "blue: component 3"};
        QTest::newRow("own ranges") << AtlasLegend(ColourBar{ColourScale::Magma, {}, "norm"}) << QStringList{"norm", "low", "high"};
    }
    void everyLegendIsDrawn() {
        QFETCH(AtlasLegend, legend);
        QFETCH(QStringList, texts);
        AtlasPage page = pageOf(1, 1);
        page.legend = legend;
        writeSvg(renderAtlas(page, Theme::Light), m_folder.filePath("legend.svg"));
        const QStringList drawn = textsOf(contentOf(m_folder.filePath("legend.svg")));
        for (const QString& text : texts) QVERIFY2(drawn.contains(text), qPrintable(text));
    }

    void refusesPagesThatCannotBeDrawn() {
        const auto refused = [](auto change) {
            AtlasPage page = pageOf(2, 2);
            change(page);
            return refusalOf([&] { renderAtlas(page, Theme::Light); });
        };
        QVERIFY(refused([](AtlasPage& p) { p.cells.clear(); }).contains("no map"));
        QVERIFY(refused([](AtlasPage& p) { p.cells[3].row = 2; }).contains("map/1/1: row 2, column 1 is outside"));
        QVERIFY(refused([](AtlasPage& p) { p.cells[3].column = -1; }).contains("outside"));
        QVERIFY(refused([](AtlasPage& p) { p.cells[3].column = 0; }).contains("taken by another map"));
        QVERIFY(refused([](AtlasPage& p) { p.cells[1].image = QImage(); }).contains("map/0/1: the map has no image"));
        QVERIFY(refused([](AtlasPage& p) { p.columns.resize(65); }).contains("at most 64"));
        QVERIFY(refused([](AtlasPage& p) { p.cells[0].range = fusionscope::inspect::Range{0, std::numeric_limits<float>::infinity()}; }).contains("inf"));
        QVERIFY(refused([](AtlasPage& p) { p.legend = ColourBar{ColourScale::Magma, fusionscope::inspect::Range{NAN, 1}, "x"}; }).contains("nan"));
        QVERIFY(refused([](AtlasPage& p) { p.legend = ClassKey{1 << 30, {}}; }).contains("classes"));
        QCOMPARE(refused([](AtlasPage&) {}), QString("accepted"));
    }

    void refusesImpossibleScales() {
        const AtlasRendering rendering = renderAtlas(pageOf(1, 1), Theme::Light);
        for (const double scale : {0.0, -1.0, 1000.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
            QVERIFY(refusalOf([&] { toImage(rendering, scale); }).contains("at scale"));
        }
    }

    void refusesFilesThatCannotBeWrittenAndLeavesNothing() {
        const AtlasRendering rendering = renderAtlas(pageOf(1, 1), Theme::Light);
        const QString file = m_folder.filePath("absent/page");
        for (const auto& write : {std::function([&] { writePng(rendering, file, 1); }), std::function([&] { writeSvg(rendering, file); }),
                                  std::function([&] { writePdf(rendering, file); })}) {
            QVERIFY(refusalOf(write).contains("absent/page: the file cannot be written"));
        }
        QVERIFY(!QFile::exists(file));
    }

  private:
    QTemporaryDir m_folder;
};

QTEST_MAIN(AtlasRenderingTest)
#include "atlas_rendering_test.moc"
