#include "core/inspect/feature_map.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/files/error.h"

namespace fusionscope::inspect {

namespace {

constexpr int mostPerSide = 1 << 15;  ///< patches: their number, and that of all values, then fits its type

}  // namespace

void requireSound(const FeatureMap& map) {
    const std::string shape = concat(map.rows, " × ", map.columns, " × ", map.channels);
    if (map.rows <= 0 || map.columns <= 0 || map.channels <= 0) {
        throw Error(concat("the map's shape is ", shape, ", expected rows, columns and channels above zero"), map.name);
    }
    if (map.rows > mostPerSide || map.columns > mostPerSide) {
        throw Error(concat("the map's shape is ", shape, ", expected at most ", mostPerSide, " rows and columns"), map.name);
    }
    const auto expected = static_cast<std::uint64_t>(map.rows) * map.columns * map.channels;
    if (map.data.size() != expected) {
        throw Error(concat("the map holds ", map.data.size(), " values, its shape ", shape, " needs ", expected), map.name);
    }
    const auto bad = std::find_if_not(map.data.begin(), map.data.end(), [](float value) { return std::isfinite(value); });
    if (bad != map.data.end()) {
        const auto patch = (bad - map.data.begin()) / map.channels;
        const auto channel = (bad - map.data.begin()) % map.channels;
        throw Error(concat("the value of patch ", patch, ", channel ", channel, " is ", *bad, ", expected a finite number"),
                    map.name, "Compute in fp32 or bf16 instead of fp16, or check the checkpoint with `verify`.");
    }
}

void requirePatch(const FeatureMap& map, int patch) {
    if (patch < 0 || patch >= map.patches()) {
        throw Error(concat("patch ", patch, " is outside the map's ", map.rows, " × ", map.columns, " patches"), map.name,
                    concat("Choose a patch from 0 to ", map.patches() - 1, "."));
    }
}

namespace {

int cellAt(double position, int cells) {
    const double clamped = std::isfinite(position) ? std::clamp(position, 0.0, 1.0) : 0.0;
    return std::min(static_cast<int>(clamped * cells), cells - 1);
}

}  // namespace

int patchAt(const FeatureMap& map, double x, double y) {
    return cellAt(y, map.rows) * map.columns + cellAt(x, map.columns);
}

std::vector<int> patchesIn(const FeatureMap& map, double left, double top, double right, double bottom) {
    std::vector<int> inside;
    for (int row = 0; row < map.rows; ++row) {
        const double y = (row + 0.5) / map.rows;
        if (y < top || y > bottom) continue;
        for (int column = 0; column < map.columns; ++column) {
            const double x = (column + 0.5) / map.columns;
            if (x >= left && x <= right) inside.push_back(row * map.columns + column);
        }
    }
    if (inside.empty()) inside.push_back(patchAt(map, (left + right) / 2, (top + bottom) / 2));
    return inside;
}

Range rangeOf(std::span<const float> values) {
    if (values.empty()) return {};
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return {*low, *high};
}

}  // namespace fusionscope::inspect
