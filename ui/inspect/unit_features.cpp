#include "ui/inspect/unit_features.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace fusionscope::ui {

namespace {

/// Adds up in independent lanes, which the compiler turns into vector instructions without changing any rounding rule.
float dot(const float* a, const float* b, int count) {
    constexpr int lanes = 16;
    std::array<float, lanes> sums{};
    int i = 0;
    for (; i + lanes <= count; i += lanes)
        for (int lane = 0; lane < lanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
    float sum = 0;
    for (; i < count; ++i) sum += a[i] * b[i];
    for (const float part : sums) sum += part;
    return sum;
}

/// Writes the vector from `origin` to `values` at length 1; zeros when they coincide.
template <class Value>
void writeDirection(const Value* values, const std::vector<float>& origin, float* direction) {
    double squares = 0;
    for (size_t c = 0; c < origin.size(); ++c) {
        const double part = static_cast<double>(values[c]) - static_cast<double>(origin[c]);
        squares += part * part;
    }
    const double scale = squares > 0 ? 1 / std::sqrt(squares) : 0;
    for (size_t c = 0; c < origin.size(); ++c)
        direction[c] = static_cast<float>((static_cast<double>(values[c]) - static_cast<double>(origin[c])) * scale);
}

/// Mean vector of some patches; of all when the list is empty.
std::vector<double> meanOf(const inspect::FeatureMap& map, std::span<const int> patches) {
    const int count = patches.empty() ? map.patches() : static_cast<int>(patches.size());
    std::vector<double> mean(static_cast<size_t>(map.channels), 0.0);
    for (int i = 0; i < count; ++i) {
        const auto values = map.patch(patches.empty() ? i : patches[static_cast<size_t>(i)]);
        for (size_t c = 0; c < mean.size(); ++c) mean[c] += static_cast<double>(values[c]);
    }
    for (double& value : mean) value /= count;
    return mean;
}

}  // namespace

UnitFeatures::UnitFeatures(const inspect::FeatureMap& map, inspect::Origin origin)
    : m_origin(static_cast<size_t>(map.channels), 0.0F), m_units(map.data.size()) {
    if (origin == inspect::Origin::Mean) {
        const auto mean = meanOf(map, {});
        std::transform(mean.begin(), mean.end(), m_origin.begin(), [](double value) { return static_cast<float>(value); });
    }
    for (int patch = 0; patch < map.patches(); ++patch)
        writeDirection(map.patch(patch).data(), m_origin, m_units.data() + static_cast<size_t>(patch) * m_origin.size());
}

inspect::ScalarMap UnitFeatures::similarityTo(const inspect::FeatureMap& map, std::span<const int> patches) const {
    std::vector<float> query(m_origin.size());
    writeDirection(meanOf(map, patches).data(), m_origin, query.data());
    inspect::ScalarMap result{map.rows, map.columns, std::vector<float>(static_cast<size_t>(map.patches()))};
    for (size_t patch = 0; patch < result.values.size(); ++patch)
        result.values[patch] =
            std::clamp(dot(m_units.data() + patch * query.size(), query.data(), map.channels), -1.0F, 1.0F);
    return result;
}

}  // namespace fusionscope::ui
