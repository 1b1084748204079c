#pragma once

#include <QString>
#include <vector>

#include "core/inspect/feature_map.h"

namespace fusionscope::plot {

/// A mark on a scale.
struct Tick {
    double value = 0;
    QString label;
};

/// Marks at multiples of 1, 2, 2.5 or 5 times a power of ten inside the range, rising, two to six of them; only the low
/// end when the range has no width.
std::vector<Tick> ticksOf(inspect::Range range);

/// A number for a reader, with fixed decimals and a true minus sign, never "−0".
QString formatted(double value, int decimals);

/// "−0.12 … 1.00": both ends with as many decimals as give the larger one three digits; powers of ten outside 0.001 to
/// 100,000.
QString formatted(inspect::Range range);

}  // namespace fusionscope::plot
