#include "ui/media/patch_grid.h"

#include <algorithm>
#include <cmath>

namespace fusionscope::ui {

namespace {

QRectF rectFrom(const image::Box& box) { return {QPointF(box.x0, box.y0), QPointF(box.x1, box.y1)}; }

}  // namespace

std::optional<Cell> PatchGrid::cellAt(QPointF picture) const {
    const auto at = transform.toView(image::Point{picture.x(), picture.y()});
    const Cell cell{int(std::floor(at.y / transform.view.height * rows)),
                    int(std::floor(at.x / transform.view.width * columns))};
    if (cell.row < 0 || cell.row >= rows || cell.column < 0 || cell.column >= columns) return std::nullopt;
    return cell;
}

QRectF PatchGrid::rectOf(Cell cell) const {
    const double width = double(transform.view.width) / columns, height = double(transform.view.height) / rows;
    return rectFrom(transform.toPicture(image::Box{cell.column * width, cell.row * height, (cell.column + 1) * width,
                                                   (cell.row + 1) * height}));
}

QRectF PatchGrid::rect() const {
    return rectFrom(transform.toPicture(image::Box{0, 0, double(transform.view.width), double(transform.view.height)}));
}

Place PatchGrid::placeOf(Cell cell) const { return {(cell.column + 0.5) / columns, (cell.row + 0.5) / rows}; }

Cell PatchGrid::cellOf(const Place& place) const {
    return {std::clamp(int(place.y * rows), 0, rows - 1), std::clamp(int(place.x * columns), 0, columns - 1)};
}

std::vector<Cell> PatchGrid::between(Cell first, Cell last) const {
    std::vector<Cell> cells;
    for (int row = std::min(first.row, last.row); row <= std::max(first.row, last.row); ++row)
        for (int column = std::min(first.column, last.column); column <= std::max(first.column, last.column); ++column)
            cells.push_back({row, column});
    return cells;
}

}  // namespace fusionscope::ui
