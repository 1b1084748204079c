#include "ui/media/picture_drawing.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

#include "ui/media/picture_pyramid.h"

namespace fusionscope::ui {

namespace {

constexpr double badgeSide = 20;
constexpr double corner = 4;

/// What is drawn below a line so that it is seen on any picture: dark for a light line, light for a dark one.
QColor haloOf(const QColor& line) { return line.lightness() > 100 ? QColor(0, 0, 0, 140) : QColor(255, 255, 255, 200); }

void drawOutline(QPainter& painter, const QPolygonF& outline, const QColor& colour, double width) {
    painter.setBrush(Qt::NoBrush);
    for (const auto& [lineColour, lineWidth] : {std::pair{haloOf(colour), width + 2}, std::pair{colour, width}}) {
        painter.setPen(QPen(lineColour, lineWidth, Qt::SolidLine, Qt::FlatCap, Qt::MiterJoin));
        painter.drawPolygon(outline);
    }
}

/// The sides of a set of cells that no other cell of the set shares.
std::vector<QLineF> borderOf(const QTransform& toView, const PatchGrid& grid, const std::set<Cell>& cells,
                             double inset) {
    std::vector<QLineF> lines;
    for (const auto& [row, column] : cells) {
        const auto has = [&](int down, int right) { return cells.contains({row + down, column + right}); };
        const bool left = !has(0, -1), right = !has(0, 1), top = !has(-1, 0), bottom = !has(1, 0);
        const auto box = toView.mapRect(grid.rectOf({row, column}))
                             .adjusted(left ? inset : -inset, top ? inset : -inset, right ? -inset : inset,
                                       bottom ? -inset : inset);
        if (left) lines.emplace_back(box.topLeft(), box.bottomLeft());
        if (right) lines.emplace_back(box.topRight(), box.bottomRight());
        if (top) lines.emplace_back(box.topLeft(), box.topRight());
        if (bottom) lines.emplace_back(box.bottomLeft(), box.bottomRight());
    }
    return lines;
}

void drawLines(QPainter& painter, const std::vector<QLineF>& lines, const QColor& colour, double width) {
    painter.setPen(QPen(colour, width, Qt::SolidLine, Qt::SquareCap));
    painter.drawLines(lines.data(), int(lines.size()));
}

/// The first place for a chip that lies in the bounds and on no other chip; the preferred one when all are taken.
QRectF freePlace(const QRectF& box, QSizeF size, const QRectF& bounds, const std::vector<QRectF>& taken) {
    const QPointF candidates[] = {{box.left(), box.top() - size.height()},
                                  {box.left(), box.top()},
                                  {box.left(), box.bottom()},
                                  {box.right() - size.width(), box.bottom() - size.height()},
                                  {box.right() - size.width(), box.top() - size.height()}};
    const auto moved = [&](QPointF at) {
        return QPointF(std::clamp(at.x(), bounds.left(), std::max(bounds.left(), bounds.right() - size.width())),
                       std::clamp(at.y(), bounds.top(), std::max(bounds.top(), bounds.bottom() - size.height())));
    };
    for (const auto& at : candidates) {
        const QRectF place(moved(at), size);
        if (std::none_of(taken.begin(), taken.end(), [&](const QRectF& other) { return other.intersects(place); }))
            return place;
    }
    return {moved(candidates[0]), size};
}

void drawChip(QPainter& painter, const QRectF& place, const QColor& fill, const QColor& frame) {
    painter.setPen(QPen(frame, 1));
    painter.setBrush(fill);
    painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), corner, corner);
}

}  // namespace

void drawMap(const Marking& marking, const MapOverlay& overlay, double opacity) {
    const PatchGrid grid{overlay.image.height(), overlay.image.width(), overlay.transform};
    auto& painter = marking.painter;
    painter.save();
    painter.setClipRect(marking.bounds, Qt::IntersectClip);
    painter.setOpacity(opacity);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(marking.toView.mapRect(grid.rect()), overlay.image);
    painter.restore();
}

void drawTiles(const Marking& marking, const std::vector<QRectF>& tiles, const QRectF& picture) {
    auto& painter = marking.painter;
    QPainterPath covered, twice, beyond;
    for (const auto& tile : tiles) {
        QPainterPath path;
        path.addRect(marking.toView.mapRect(tile));
        twice = twice.united(covered.intersected(path));
        covered = covered.united(path);
    }
    QPainterPath inside;
    inside.addRect(marking.toView.mapRect(picture));
    beyond = covered.subtracted(inside);
    const auto ink = marking.palette.color(QPalette::Highlight);
    for (const auto& [path, pattern] : {std::pair{&twice, Qt::FDiagPattern}, std::pair{&beyond, Qt::BDiagPattern}})
        painter.fillPath(*path, QBrush(ink, pattern));
    for (const auto& tile : tiles) {
        const auto place = marking.toView.mapRect(tile);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(QColor(0, 0, 0, 130), 3));
        painter.drawRect(place);
        painter.setPen(QPen(Qt::white, 1, Qt::DashLine));
        painter.drawRect(place);
    }
}

void drawGrid(const Marking& marking, const PatchGrid& grid) {
    const auto whole = marking.toView.mapRect(grid.rect());
    const double width = whole.width() / grid.columns, height = whole.height() / grid.rows;
    if (std::min(width, height) < 4) return;
    const auto seen = whole & marking.bounds;
    std::vector<QLineF> lines;
    for (int column = 1; column < grid.columns; ++column) {
        const double x = std::round(whole.left() + column * width) + 0.5;
        if (x > seen.left() && x < seen.right()) lines.emplace_back(x, seen.top(), x, seen.bottom());
    }
    for (int row = 1; row < grid.rows; ++row) {
        const double y = std::round(whole.top() + row * height) + 0.5;
        if (y > seen.top() && y < seen.bottom()) lines.emplace_back(seen.left(), y, seen.right(), y);
    }
    marking.painter.setPen(QPen(QColor(255, 255, 255, width < 16 ? 48 : 80), 1));
    marking.painter.drawLines(lines.data(), int(lines.size()));
}

void drawHovered(const Marking& marking, const PatchGrid& grid, Cell cell) {
    drawLines(marking.painter, borderOf(marking.toView, grid, {cell}, 0), QColor(0, 0, 0, 90), 3);
    drawLines(marking.painter, borderOf(marking.toView, grid, {cell}, 0), QColor(255, 255, 255, 200), 1);
}

void drawCells(const Marking& marking, const PatchGrid& grid, const std::set<Cell>& cells) {
    drawLines(marking.painter, borderOf(marking.toView, grid, cells, 1), Qt::white, 4);
    drawLines(marking.painter, borderOf(marking.toView, grid, cells, 0), marking.palette.color(QPalette::Highlight), 2);
}

void drawFound(const Marking& marking, const std::vector<FoundRegion>& regions) {
    auto& painter = marking.painter;
    const auto accent = marking.palette.color(QPalette::Highlight);
    painter.setRenderHint(QPainter::Antialiasing);
    for (const auto& region : regions) drawOutline(painter, marking.toView.map(region.outline), accent, 2);
    const QFontMetricsF metrics(painter.font());
    const auto view = QRectF(painter.viewport()) & marking.bounds;
    auto fill = marking.palette.color(QPalette::Base);
    fill.setAlpha(230);
    std::vector<QRectF> taken;
    for (const auto& region : regions) {
        const auto box = marking.toView.mapRect(region.outline.boundingRect());
        if (region.label.isEmpty() || !box.intersects(view)) continue;
        const auto label = metrics.elidedText(region.label.simplified(), Qt::ElideRight, std::max(box.width(), 140.0));
        const QSizeF size(metrics.horizontalAdvance(label) + 10, metrics.height() + 4);
        const auto place = freePlace(box, size, view, taken);
        taken.push_back(place);
        drawChip(painter, place, fill, accent);
        painter.setPen(marking.palette.color(QPalette::Text));
        painter.drawText(place, Qt::AlignCenter, label);
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

QRectF badgeOf(const QTransform& toView, const Region& region) {
    return {toView.mapRect(region.outline.boundingRect()).topLeft() - QPointF(badgeSide / 2, badgeSide / 2),
            QSizeF(badgeSide, badgeSide)};
}

void drawRegions(const Marking& marking, const std::vector<Region>& regions, const std::optional<PatchGrid>& grid,
                 int chosen) {
    auto& painter = marking.painter;
    const auto accent = marking.palette.color(QPalette::Highlight);
    for (int index = 0; index < int(regions.size()); ++index) {
        const auto& region = regions[size_t(index)];
        const auto colour = index == chosen ? accent : QColor(Qt::white);
        if (region.kind == Region::Kind::Patches && grid) {
            const PatchGrid own{region.rows, region.columns, grid->transform};
            std::set<Cell> cells;
            for (const int patch : region.patches) cells.insert(own.cellOf(patch));
            const auto lines = borderOf(marking.toView, own, cells, 0);
            drawLines(painter, lines, haloOf(colour), 4);
            drawLines(painter, lines, colour, 2);
        } else {
            painter.setRenderHint(QPainter::Antialiasing, region.kind == Region::Kind::Polygon);
            drawOutline(painter, marking.toView.map(region.outline), colour, 2);
        }
        painter.setRenderHint(QPainter::Antialiasing);
        const auto badge = badgeOf(marking.toView, region);
        painter.setPen(QPen(marking.palette.color(QPalette::HighlightedText), index == chosen ? 2 : 0));
        painter.setBrush(accent);
        painter.drawEllipse(badge.adjusted(1, 1, -1, -1));
        painter.setPen(marking.palette.color(QPalette::HighlightedText));
        painter.drawText(badge, Qt::AlignCenter, QString::number(index + 1));
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

void drawUnfinished(const Marking& marking, const RegionTool& tool, const std::optional<PatchGrid>& grid) {
    auto& painter = marking.painter;
    const auto accent = marking.palette.color(QPalette::Highlight);
    if (grid && !tool.cells().empty()) drawCells(marking, *grid, tool.cells());
    if (tool.points().size() < 2) return;
    auto points = marking.toView.map(tool.points());
    if (tool.tool() == Tool::Box) points = QPolygonF(QRectF(points[0], points[1]).normalized());
    painter.setRenderHint(QPainter::Antialiasing, tool.tool() == Tool::Polygon);
    auto fill = accent;
    fill.setAlpha(40);
    painter.setPen(Qt::NoPen);
    painter.setBrush(fill);
    painter.drawPolygon(points);
    painter.setBrush(Qt::NoBrush);
    for (const auto& pen : {QPen(haloOf(accent), 3), QPen(accent, 1.5)}) {
        painter.setPen(pen);
        painter.drawPolyline(points);
    }
    if (tool.tool() == Tool::Polygon) {
        painter.setBrush(Qt::white);
        for (const auto& point : points) painter.drawEllipse(point, 3.5, 3.5);
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

void drawMinimap(QPainter& painter, const PicturePyramid& picture, const QRectF& place, const QRectF& part,
                 const QPalette& palette) {
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    painter.drawImage(place, picture.thumbnail());
    const auto toPlace = [&](QPointF at) {
        return QPointF(place.left() + at.x() / picture.size().width() * place.width(),
                       place.top() + at.y() / picture.size().height() * place.height());
    };
    const QRectF shown(toPlace(part.topLeft()), toPlace(part.bottomRight()));
    QPainterPath rest;
    rest.addRect(place);
    rest.addRect(shown);
    painter.fillPath(rest, QColor(0, 0, 0, 110));
    painter.setBrush(Qt::NoBrush);
    painter.setPen(palette.color(QPalette::Mid));
    painter.drawRect(place.adjusted(-0.5, -0.5, 0.5, 0.5));
    painter.setPen(QPen(palette.color(QPalette::Highlight), 2));
    painter.drawRect(shown.adjusted(1, 1, -1, -1));
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
}

}  // namespace fusionscope::ui
