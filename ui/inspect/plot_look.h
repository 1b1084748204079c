#pragma once

#include <QPalette>

class QCustomPlot;

namespace fusionscope::ui {

/// Gives a plot the program's paper, ink, hairlines and font.
void dress(QCustomPlot& plot, const QPalette& palette);
/// A colour for a line among others, told apart with every common kind of colour blindness, readable on the palette's paper.
QColor lineColour(int index, const QPalette& palette);

}  // namespace fusionscope::ui
