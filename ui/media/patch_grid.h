#pragma once

#include <QPointF>
#include <QRectF>
#include <optional>
#include <vector>

#include "core/image/transform.h"
#include "ui/common/selection.h"

namespace fusionscope::ui {

/// A patch of a grid, counted from the top left corner.
struct Cell {
    int row = 0, column = 0;
    auto operator<=>(const Cell&) const = default;
};

/// The patches that a model cuts its view of a picture into. Some may lie in the padding, outside of the picture.
struct PatchGrid {
    int rows = 0, columns = 0;
    image::PictureTransform transform;  ///< from the model's view to the picture

    /// The patch over a place of the picture, in its pixels; none outside of the model's view.
    std::optional<Cell> cellAt(QPointF picture) const;
    /// What a patch covers, in the picture's pixels; reaches out of the picture where there is padding.
    QRectF rectOf(Cell cell) const;
    /// The whole model's view, likewise.
    QRectF rect() const;
    Place placeOf(Cell cell) const;
    Cell cellOf(const Place& place) const;
    int indexOf(Cell cell) const { return cell.row * columns + cell.column; }
    Cell cellOf(int index) const { return {index / columns, index % columns}; }
    /// All patches of the rectangle that has these two as corners.
    std::vector<Cell> between(Cell first, Cell last) const;
};

}  // namespace fusionscope::ui
