#pragma once

#include <QColor>

namespace fusionscope::plot {

enum class Theme { Light, Dark };

/// The few colours everything is drawn with; pictures and maps carry the rest.
struct Palette {
    QColor paper;   ///< background
    QColor ink;     ///< text
    QColor muted;   ///< secondary text
    QColor line;    ///< hairlines and frames
    QColor accent;  ///< selection, progress, and "reaches the language model"
    QColor loss;    ///< words and figures of what was lost
};

const Palette& paletteOf(Theme theme);

}  // namespace fusionscope::plot
