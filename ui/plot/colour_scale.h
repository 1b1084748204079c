#pragma once

#include <QColor>
#include <optional>
#include <string_view>

namespace fusionscope::plot {

/// How a number becomes a colour. All scales are perceptual and safe for colour-blind readers.
enum class ColourScale {
    Viridis,    ///< dark blue to yellow, rising lightness
    Magma,      ///< black to pale yellow, rising lightness
    Cividis,    ///< blue to yellow, looks almost the same with and without red-green blindness
    Difference  ///< blue over a neutral middle to orange: for values that have a meaningful zero
};

/// Lower-case name, as options and sidecar files write it: "viridis", "magma", "cividis", "difference".
const char* name(ColourScale scale);
std::optional<ColourScale> colourScaleFromName(std::string_view name);

/// The colour at a position from 0 (the low end) to 1; positions outside and NaN are moved to the nearer end (NaN: low).
QRgb colourAt(ColourScale scale, double position);

/// A colour for a class. The first eight are the Okabe-Ito set (without its black), told apart with every common kind of
/// colour blindness; the following ones are its darker and lighter relatives; after 24 they repeat.
QRgb classColour(int label);

}  // namespace fusionscope::plot
