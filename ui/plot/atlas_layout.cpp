#include "ui/plot/atlas_layout.h"

#include <algorithm>
#include <cmath>

#include "ui/plot/text.h"

namespace fusionscope::plot {

namespace {

constexpr double margin = 32;
constexpr double cellGap = 16;
constexpr double columnGap = 40;  ///< between the left part (picture, legend) and the right one (maps, recipe)
constexpr double smallLine = 16;
constexpr double factLine = 24;
constexpr double narrowest = 784;       ///< of a page with legend and recipe, which stay readable beside each other
constexpr double narrowestAlone = 464;  ///< of one without them

double onGrid(double value) { return std::ceil(value / 8) * 8; }

/// Few maps are drawn large, many at a size that keeps the page readable on a wall.
double cellSide(const AtlasPage& page) {
    const double side = std::min(832.0 / static_cast<double>(page.columns.size()), 640.0 / static_cast<double>(page.rows.size()));
    return std::clamp(std::floor(side / 8) * 8, 104.0, 256.0);
}

double rowHeadWidth(const AtlasPage& page) {
    double width = widthOf(page.columnAxis + QStringLiteral(" →"), {TextSize::Small, {}});
    for (const AtlasLabel& row : page.rows) {
        width = std::max(width, widthOf(row.title, {TextSize::Body, {}}));
        // The detail may take two lines.
        width = std::max(width, std::min(widthOf(row.detail, {TextSize::Small, {}}), 104.0));
    }
    return std::clamp(onGrid(width), 56.0, 176.0);
}

double legendHeight(const AtlasPage& page) {
    if (std::holds_alternative<ColourBar>(page.legend)) return 64;
    if (const auto* classes = std::get_if<ClassKey>(&page.legend)) return factLine * std::max(1, (classes->count + 1) / 2);
    return std::holds_alternative<ComponentKey>(page.legend) ? 3 * factLine : 0;
}

/// Flows the recipe in columns from a line's left end. @return its lower end
double placeFacts(const AtlasPage& page, const QRectF& line, AtlasLayout& layout) {
    constexpr double narrowestColumn = 440;
    const auto count = static_cast<double>(page.recipe.size());
    const double columns = std::clamp(std::floor((line.width() + columnGap) / (narrowestColumn + columnGap)), 1.0, 3.0);
    const double width = (line.width() - (columns - 1) * columnGap) / columns;
    const double perColumn = std::ceil(count / columns);
    for (const AtlasFact& fact : page.recipe) layout.factIndent = std::max(layout.factIndent, widthOf(fact.name, {TextSize::Small, {}}) + 16);
    layout.factIndent = std::min(layout.factIndent, 0.4 * width);

    double bottom = line.top();
    double y = line.top();
    for (double i = 0; i < count; ++i) {
        const double column = std::floor(i / perColumn);
        if (i == column * perColumn) y = line.top();
        const QString& value = page.recipe[static_cast<std::size_t>(i)].value;
        const auto lines = wrapped(value, width - layout.factIndent, factLines, {TextSize::Small, {}, false, true}).size();
        const double height = factLine + smallLine * static_cast<double>(std::max<qsizetype>(lines, 1) - 1);
        layout.facts.emplace_back(line.left() + column * (width + columnGap), y, width, height);
        y += height;
        bottom = std::max(bottom, y);
    }
    return bottom;
}

}  // namespace

AtlasLayout layOut(const AtlasPage& page) {
    AtlasLayout layout;
    const auto rows = static_cast<double>(page.rows.size());
    const auto columns = static_cast<double>(page.columns.size());
    const double side = cellSide(page);
    const bool withRanges = std::any_of(page.cells.begin(), page.cells.end(), [](const AtlasCell& c) { return c.range.has_value(); });
    const bool withDetails =
        std::any_of(page.columns.begin(), page.columns.end(), [](const AtlasLabel& label) { return !label.detail.isEmpty(); });
    const double columnPitch = side + cellGap;
    const double rowPitch = side + cellGap + (withRanges ? smallLine : 0);
    const double gridHeight = rows * rowPitch - cellGap;  // down to the last row's ranges

    const bool withPicture = !page.picture.isNull();
    const double leftWidth = withPicture ? std::clamp(gridHeight - (withRanges ? smallLine : 0), 256.0, 512.0) : 256;
    const double right = margin + leftWidth + columnGap;
    const double gridLeft = withPicture ? right : margin;
    const double headWidth = rowHeadWidth(page);
    const double cellsLeft = gridLeft + headWidth + cellGap;
    const double needed = legendHeight(page) > 0 || !page.recipe.empty() ? narrowest : narrowestAlone;
    const double width = onGrid(std::max(cellsLeft + columns * columnPitch - cellGap + margin, needed));
    const double inner = width - 2 * margin;

    double y = margin;
    layout.title = QRectF(margin, y, inner, lineHeight(TextSize::Title));
    y += lineHeight(TextSize::Title);
    if (!page.subtitle.isEmpty()) {
        layout.subtitle = QRectF(margin, y, inner, lineHeight(TextSize::Body));
        y += lineHeight(TextSize::Body);
    }
    y += 16;

    const double headHeight = withDetails ? 2 * smallLine : smallLine;
    layout.columnAxis = QRectF(gridLeft, y + headHeight - smallLine, headWidth, smallLine);
    for (double column = 0; column < columns; ++column) {
        layout.columnHeads.emplace_back(cellsLeft + column * columnPitch - 4, y, side + 8, headHeight);
    }
    if (withPicture) layout.pictureCaption = QRectF(margin, y + headHeight - smallLine, leftWidth, smallLine);
    y += headHeight + 8;

    const double gridTop = y;
    for (double row = 0; row < rows; ++row) {
        layout.rowHeads.emplace_back(gridLeft, gridTop + row * rowPitch, headWidth, side);
    }
    for (const AtlasCell& cell : page.cells) {
        const QRectF box(cellsLeft + cell.column * columnPitch, gridTop + cell.row * rowPitch, side, side);
        layout.cells.push_back(box);
        layout.ranges.push_back(cell.range ? QRectF(box.left() - 6, box.bottom() + markGap + 3, side + 12, smallLine) : QRectF());
    }
    y = gridTop + gridHeight + 12;
    layout.marks = QRectF(gridLeft, y, width - margin - gridLeft, factLine);
    y += factLine;
    if (withPicture) {
        const QSizeF shown = QSizeF(page.picture.size()).scaled(leftWidth, leftWidth, Qt::KeepAspectRatio);
        layout.picture = QRectF(QPointF(margin, gridTop), shown);
        y = std::max(y, gridTop + shown.height());
    }

    layout.rule = onGrid(y + 16);
    y = layout.rule + 16;
    const bool withLegend = legendHeight(page) > 0;
    layout.legend = QRectF(margin, y, leftWidth, legendHeight(page));
    const double factsLeft = withLegend ? right : margin;
    const double factsBottom = placeFacts(page, QRectF(factsLeft, y, width - margin - factsLeft, 0), layout);
    const bool withFoot = withLegend || !page.recipe.empty();
    const double bottom = withFoot ? std::max(factsBottom, layout.legend.bottom()) : layout.rule - 16;
    layout.size = QSize(static_cast<int>(width), static_cast<int>(onGrid(bottom + margin)));
    return layout;
}

}  // namespace fusionscope::plot
