#pragma once

#include "core/world/scene.h"

/// Where a chart's values lie in the picture.
namespace fusionscope::world {

/// The height (or the end, of a horizontal bar) of a value on the axis.
double positionOf(const Chart& chart, int value);
/// The rectangle of a bar.
QRectF barOf(const Chart& chart, int series, int category);
/// A point of a line chart.
QPointF pointOf(const Chart& chart, int series, int category);
/// The middle of a category on its axis.
double middleOf(const Chart& chart, int category);
/// The cell of a table; row 0 and column 0 hold the names.
QRectF cellOf(const Chart& chart, int row, int column);
/// The colour of a bar, slice or line.
Colour colourOf(const Chart& chart, int series, int category);
/// Start and span of a slice in degrees, clockwise from the top.
std::pair<double, double> sliceOf(const Chart& chart, int category);

}  // namespace fusionscope::world
