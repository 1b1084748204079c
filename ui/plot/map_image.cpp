#include "ui/plot/map_image.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "core/files/error.h"

namespace fusionscope::plot {

namespace {

constexpr int mostPatchesASide = 16384;

void requireShape(int rows, int columns, std::size_t values, int perPatch) {
    if (rows < 1 || columns < 1 || rows > mostPatchesASide || columns > mostPatchesASide ||
        values != static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(columns) * perPatch) {
        throw Error(concat("the map holds ", values, " values for ", rows, " × ", columns, " patches"), "map to draw");
    }
}

float finite(float value) {
    if (!std::isfinite(value)) throw Error(concat("a value is ", value, ", expected a finite number"), "map to draw");
    return value;
}

QImage fill(int rows, int columns, const std::function<QRgb(std::size_t)>& colourOf) {
    QImage image(columns, rows, QImage::Format_RGB32);
    if (image.isNull()) throw Error(concat("there is no memory for ", rows, " × ", columns, " patches"), "map to draw");
    std::size_t patch = 0;
    for (int row = 0; row < rows; ++row) {
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(row));
        for (int column = 0; column < columns; ++column) line[column] = colourOf(patch++);
    }
    return image;
}

}  // namespace

QImage toImage(const inspect::ScalarMap& map, ColourScale scale, inspect::Range range) {
    requireShape(map.rows, map.columns, map.values.size(), 1);
    const double low = finite(range.low);
    const double width = finite(range.high) - low;
    return fill(map.rows, map.columns, [&](std::size_t patch) {
        const double value = finite(map.values[patch]);
        return colourAt(scale, width > 0 ? (value - low) / width : 0.5);
    });
}

QImage toImage(const inspect::ColourMap& map) {
    requireShape(map.rows, map.columns, map.values.size(), 3);
    return fill(map.rows, map.columns, [&](std::size_t patch) {
        const auto channel = [&](std::size_t c) {
            return static_cast<int>(std::lround(std::fmin(std::fmax(finite(map.values[3 * patch + c]), 0.0F), 1.0F) * 255));
        };
        return qRgb(channel(0), channel(1), channel(2));
    });
}

QImage toImage(const inspect::LabelMap& map) {
    requireShape(map.rows, map.columns, map.labels.size(), 1);
    return fill(map.rows, map.columns, [&](std::size_t patch) {
        const int label = map.labels[patch];
        if (label < 0 || label >= map.count) {
            throw Error(concat("a label is ", label, ", expected 0 to ", map.count - 1), "map to draw");
        }
        return classColour(label);
    });
}

inspect::Range symmetric(inspect::Range range) {
    const float magnitude = std::fmax(std::fabs(range.low), std::fabs(range.high));
    return {-magnitude, magnitude};
}

}  // namespace fusionscope::plot
