#pragma once

#include <QPalette>

namespace fusionscope::ui {

/// How much of the accent the ground of a chosen row takes. More would leave text in the accent's colour less than a
/// contrast of 4.5:1.
inline constexpr double chosenTint = 0.10, hoveredTint = 0.05;

/// The accent as such a ground, to be painted over the window's.
inline QColor tinted(const QPalette& palette, double share) {
    auto colour = palette.color(QPalette::Highlight);
    colour.setAlphaF(static_cast<float>(share));
    return colour;
}

}  // namespace fusionscope::ui
