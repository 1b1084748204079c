#pragma once

#include <QImage>

#include "core/inspect/feature_map.h"
#include "ui/plot/colour_scale.h"

namespace fusionscope::plot {

/// Maps as pictures of one pixel per patch, format RGB32.
///
/// @param range the values that get the scale's two ends; values beyond are clamped. A range without width gives the
///              scale's middle everywhere.
/// @throws Error when the sizes are not positive, do not agree with the data, or a value or the range is not finite
QImage toImage(const inspect::ScalarMap& map, ColourScale scale, inspect::Range range);
QImage toImage(const inspect::ColourMap& map);
QImage toImage(const inspect::LabelMap& map);

/// The range from −m to m where m is the largest magnitude: puts zero on the neutral middle of ColourScale::Difference.
inspect::Range symmetric(inspect::Range range);

}  // namespace fusionscope::plot
