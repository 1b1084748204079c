#include "ui/plot/atlas_rendering.h"

#include <QBuffer>
#include <QPainter>
#include <QPdfWriter>
#include <QRegularExpression>
#include <QSaveFile>
#include <QSvgGenerator>
#include <cmath>
#include <set>
#include <utility>

#include "core/files/error.h"
#include "ui/plot/atlas_layout.h"
#include "ui/plot/atlas_painter.h"
#include "ui/plot/text.h"

namespace fusionscope::plot {

namespace {

constexpr std::size_t mostASide = 64;    ///< rows or columns
constexpr double mostPixelsASide = 16384;
constexpr double vectorRasterScale = 4;  ///< samples per unit of pictures inside SVG and PDF: 384 dots per inch

void requireFinite(const std::optional<inspect::Range>& range, const std::string& where) {
    if (range && (!std::isfinite(range->low) || !std::isfinite(range->high))) {
        throw Error(concat("its range is ", range->low, " to ", range->high, ", expected finite numbers"), where);
    }
}

void requireSound(const AtlasPage& page) {
    if (page.cells.empty()) throw Error("the page has no map, expected at least one", "atlas");
    if (page.rows.size() > mostASide || page.columns.size() > mostASide) {
        throw Error(concat("the page has ", page.rows.size(), " rows and ", page.columns.size(), " columns, expected at most ",
                           mostASide, " of each"),
                    "atlas", "Choose fewer rows or columns.");
    }
    std::set<std::pair<int, int>> taken;
    for (const AtlasCell& cell : page.cells) {
        const std::string where = cell.name.toStdString();
        if (cell.row < 0 || cell.column < 0 || static_cast<std::size_t>(cell.row) >= page.rows.size() ||
            static_cast<std::size_t>(cell.column) >= page.columns.size()) {
            throw Error(concat("row ", cell.row, ", column ", cell.column, " is outside the page's ", page.rows.size(), " × ",
                               page.columns.size(), " places"),
                        where);
        }
        if (!taken.emplace(cell.row, cell.column).second) {
            throw Error(concat("row ", cell.row, ", column ", cell.column, " is taken by another map"), where);
        }
        if (cell.image.isNull()) throw Error("the map has no image", where);
        requireFinite(cell.range, where);
    }
    if (const auto* bar = std::get_if<ColourBar>(&page.legend)) requireFinite(bar->range, "colour bar");
    if (const auto* classes = std::get_if<ClassKey>(&page.legend); classes && (classes->count < 0 || classes->count > 256)) {
        throw Error(concat("there are ", classes->count, " classes, expected 0 to 256"), "colour key");
    }
}

/// Title, recipe and names as plain text: what the file says about itself.
QString descriptionOf(const AtlasPage& page) {
    QStringList lines{page.subtitle};
    for (const AtlasFact& fact : page.recipe) lines += fact.name + QStringLiteral(": ") + fact.value;
    lines += page.note;
    for (QString& line : lines) line = plainLine(line);
    lines.removeAll(QString());
    return lines.join(u'\n');
}

/// What `draw(device)` writes.
template <class Draw>
QByteArray bytesOf(Draw draw) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    draw(buffer);
    return bytes;
}

void writeWhole(const QString& file, const QByteArray& bytes) {
    QSaveFile target(file);
    if (!target.open(QIODevice::WriteOnly) || target.write(bytes) != bytes.size() || !target.commit()) {
        throw Error("the file cannot be written: " + target.errorString().toStdString(), file.toStdString(),
                    "Choose a folder that you may write to.");
    }
}

}  // namespace

QSize AtlasRendering::size() const { return m_layout->size; }
const AtlasPage& AtlasRendering::page() const { return *m_page; }

void AtlasRendering::paint(QPainter& painter, double rasterScale) const {
    paintAtlas(painter, *m_page, *m_layout, m_theme, rasterScale);
}

AtlasRendering renderAtlas(AtlasPage page, Theme theme) {
    requireSound(page);
    requireFonts();
    AtlasRendering rendering;
    rendering.m_layout = std::make_shared<const AtlasLayout>(layOut(page));
    rendering.m_page = std::make_shared<const AtlasPage>(std::move(page));
    rendering.m_theme = theme;
    return rendering;
}

QImage toImage(const AtlasRendering& rendering, double scale) {
    const QSizeF pixels = QSizeF(rendering.size()) * scale;
    if (!(scale > 0) || pixels.width() > mostPixelsASide || pixels.height() > mostPixelsASide) {
        throw Error(concat("at scale ", scale, " the page is ", pixels.width(), " × ", pixels.height(), " pixels, expected sides of 1 to ",
                           mostPixelsASide),
                    "atlas", "Choose another scale, or write SVG or PDF.");
    }
    QImage image(pixels.toSize().expandedTo(QSize(1, 1)), QImage::Format_RGB32);
    const int dotsPerMetre = static_cast<int>(std::lround(96 * scale / 0.0254));
    image.setDotsPerMeterX(dotsPerMetre);
    image.setDotsPerMeterY(dotsPerMetre);
    image.setText(QStringLiteral("Title"), plainLine(rendering.page().title));
    image.setText(QStringLiteral("Description"), descriptionOf(rendering.page()));
    image.setText(QStringLiteral("Software"), QStringLiteral("Fusionscope"));
    QPainter painter(&image);
    painter.scale(scale, scale);
    rendering.paint(painter, scale);
    return image;
}

void writePng(const AtlasRendering& rendering, const QString& file, double scale) {
    const QImage image = toImage(rendering, scale);
    writeWhole(file, bytesOf([&](QIODevice& device) { image.save(&device, "PNG"); }));
}

void writeSvg(const AtlasRendering& rendering, const QString& file) {
    const QByteArray bytes = bytesOf([&](QIODevice& device) {
        QSvgGenerator generator;
        generator.setOutputDevice(&device);
        generator.setResolution(96);
        generator.setSize(rendering.size());
        generator.setViewBox(QRect(QPoint(0, 0), rendering.size()));
        // The generator writes both as they are.
        generator.setTitle(plainLine(rendering.page().title).toHtmlEscaped());
        generator.setDescription(descriptionOf(rendering.page()).toHtmlEscaped());
        QPainter painter(&generator);
        rendering.paint(painter, vectorRasterScale);
    });
    // Where the face is missing the reader takes its own sans-serif, not its default, which mostly is a serif one.
    static const QRegularExpression family(QStringLiteral("font-family=\"([^\",]*)\""));
    writeWhole(file, QString::fromUtf8(bytes).replace(family, QStringLiteral("font-family=\"\\1, sans-serif\"")).toUtf8());
}

void writePdf(const AtlasRendering& rendering, const QString& file) {
    writeWhole(file, bytesOf([&](QIODevice& device) {
        constexpr double dotsPerInch = 1200, unitsPerInch = 96;
        QPdfWriter writer(&device);
        writer.setTitle(plainLine(rendering.page().title));
        writer.setCreator(QStringLiteral("Fusionscope"));
        writer.setResolution(static_cast<int>(dotsPerInch));
        writer.setPageMargins(QMarginsF());
        writer.setPageSize(QPageSize(QSizeF(rendering.size()) / unitsPerInch, QPageSize::Inch, {}, QPageSize::ExactMatch));
        QPainter painter(&writer);
        painter.scale(dotsPerInch / unitsPerInch, dotsPerInch / unitsPerInch);
        rendering.paint(painter, vectorRasterScale);
    }));
}

}  // namespace fusionscope::plot
