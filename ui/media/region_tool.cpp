#include "ui/media/region_tool.h"

#include <QLineF>

#include <algorithm>
#include <cmath>

namespace fusionscope::ui {

namespace {

/// Smaller boxes and polygons are slips of the hand.
constexpr double smallestSide = 2;

Region polygon(Region::Kind kind, const QPolygonF& outline) {
    Region region;
    region.kind = kind;
    region.outline = outline;
    return region;
}

}  // namespace

std::optional<Region> regionOf(const PatchGrid& grid, const std::set<Cell>& cells) {
    const QRectF picture(0, 0, grid.transform.picture.width, grid.transform.picture.height);
    QRectF box;
    Region region;
    for (const auto& cell : cells) {
        const auto seen = grid.rectOf(cell) & picture;
        if (seen.isEmpty()) continue;  // in the padding
        box |= seen;
        region.patches.push_back(grid.indexOf(cell));
    }
    if (region.patches.empty()) return std::nullopt;
    region.kind = Region::Kind::Patches;
    region.outline = QPolygonF({box.topLeft(), box.topRight(), box.bottomRight(), box.bottomLeft()});
    region.rows = grid.rows;
    region.columns = grid.columns;
    return region;
}

void RegionTool::choose(Tool tool) {
    m_tool = tool;
    clear();
}

void RegionTool::setBounds(QSizeF picture, const std::optional<PatchGrid>& grid) {
    const bool sameCells = m_grid && grid && m_grid->rows == grid->rows && m_grid->columns == grid->columns;
    m_picture = picture;
    m_grid = grid;
    if (!sameCells) m_cells.clear();
}

std::optional<Region> RegionTool::press(QPointF at, double finishes) {
    const auto point = inside(at);
    m_pressed = true;
    switch (m_tool) {
        case Tool::Select: break;
        case Tool::Box: m_points = {point, point}; break;
        case Tool::Patches:
            m_lastCell.reset();
            addCellsTo(point);
            break;
        case Tool::Polygon:
            if (m_points.size() > 3 && QLineF(m_points.first(), point).length() <= finishes) return finish();
            if (m_points.isEmpty()) m_points.append(point);
            m_points.last() = point;
            m_points.append(point);  // the one under the mouse
            break;
    }
    return std::nullopt;
}

void RegionTool::move(QPointF at) {
    if (m_tool == Tool::Patches && m_pressed) addCellsTo(inside(at));
    if (!m_points.isEmpty() && (m_pressed || m_tool == Tool::Polygon)) m_points.last() = inside(at);
}

std::optional<Region> RegionTool::release(bool goesOn) {
    m_pressed = false;
    if (m_tool == Tool::Box || (m_tool == Tool::Patches && !goesOn)) return finish();
    return std::nullopt;
}

std::optional<Region> RegionTool::finish() {
    std::optional<Region> region;
    if (m_tool == Tool::Box && m_points.size() == 2) {
        const auto box = QRectF(m_points[0], m_points[1]).normalized();
        if (box.width() >= smallestSide && box.height() >= smallestSide)
            region = polygon(Region::Kind::Box,
                             QPolygonF({box.topLeft(), box.topRight(), box.bottomRight(), box.bottomLeft()}));
    } else if (m_tool == Tool::Polygon && m_points.size() > 3) {
        auto outline = m_points;
        outline.removeLast();
        const auto box = outline.boundingRect();
        if (box.width() >= smallestSide && box.height() >= smallestSide)
            region = polygon(Region::Kind::Polygon, outline);
    } else if (m_tool == Tool::Patches && m_grid) {
        region = regionOf(*m_grid, m_cells);
    }
    clear();
    return region;
}

void RegionTool::takeBack() {
    if (m_tool != Tool::Polygon || m_points.isEmpty()) return;
    m_points.remove(std::max(int(m_points.size()) - 2, 0));
    if (m_points.size() == 1) m_points.clear();
}

QPointF RegionTool::inside(QPointF at) const {
    return {std::clamp(at.x(), 0.0, m_picture.width()), std::clamp(at.y(), 0.0, m_picture.height())};
}

void RegionTool::addCellsTo(QPointF at) {
    if (!m_grid) return;
    // A point on the picture's far edge belongs to the last patch.
    const auto cell = m_grid->cellAt({std::min(at.x(), std::nextafter(m_picture.width(), 0.0)),
                                      std::min(at.y(), std::nextafter(m_picture.height(), 0.0))});
    if (!cell) return;
    // A fast mouse skips patches: those on the straight way are meant too.
    const auto from = m_lastCell.value_or(*cell);
    const int steps = std::max({std::abs(cell->row - from.row), std::abs(cell->column - from.column), 1});
    for (int step = 0; step <= steps; ++step)
        m_cells.insert({from.row + int(std::lround(double(cell->row - from.row) * step / steps)),
                        from.column + int(std::lround(double(cell->column - from.column) * step / steps))});
    m_lastCell = cell;
}

void RegionTool::clear() {
    m_points.clear();
    m_cells.clear();
    m_lastCell.reset();
    m_pressed = false;
}

}  // namespace fusionscope::ui
