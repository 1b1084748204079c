#include "core/inspect/similarity.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "core/files/error.h"

namespace fusionscope::inspect {

namespace {

std::vector<double> originOf(const FeatureMap& map, Origin origin) {
    std::vector<double> mean(map.channels, 0.0);
    if (origin == Origin::Zero) return mean;
    for (int patch = 0; patch < map.patches(); ++patch) {
        const auto values = map.patch(patch);
        for (int c = 0; c < map.channels; ++c) mean[c] += values[c];
    }
    for (double& value : mean) value /= map.patches();
    return mean;
}

/// The vector from `origin` to `values`, of length 1, or all zeros when they coincide.
std::vector<double> direction(std::span<const float> values, const std::vector<double>& origin) {
    std::vector<double> result(values.size());
    double squares = 0;
    for (std::size_t c = 0; c < values.size(); ++c) {
        result[c] = values[c] - origin[c];
        squares += result[c] * result[c];
    }
    if (squares > 0) {
        for (double& value : result) value /= std::sqrt(squares);
    }
    return result;
}

}  // namespace

std::vector<float> meanOfPatches(const FeatureMap& map, std::span<const int> patches) {
    requireSound(map);
    if (patches.empty()) throw Error("no patch is selected, expected at least one", map.name, "Click a patch.");
    std::vector<double> sum(map.channels, 0.0);
    for (const int patch : patches) {
        requirePatch(map, patch);
        const auto values = map.patch(patch);
        for (int c = 0; c < map.channels; ++c) sum[c] += values[c];
    }
    std::vector<float> mean;
    for (const double value : sum) mean.push_back(static_cast<float>(value / static_cast<double>(patches.size())));
    return mean;
}

ScalarMap similarityToPatches(const FeatureMap& map, std::span<const int> patches, Origin origin) {
    return similarityToVector(map, meanOfPatches(map, patches), origin);
}

ScalarMap similarityToVector(const FeatureMap& map, std::span<const float> query, Origin origin) {
    requireSound(map);
    if (query.size() != static_cast<std::size_t>(map.channels)) {
        throw Error(concat("the vector has ", query.size(), " values, the map ", map.channels, " channels"), map.name,
                    "Compare maps of the same kind.");
    }
    const std::vector<double> from = originOf(map, origin);
    const std::vector<double> wanted = direction(query, from);
    ScalarMap result{map.rows, map.columns, {}};
    for (int patch = 0; patch < map.patches(); ++patch) {
        const std::vector<double> own = direction(map.patch(patch), from);
        double cosine = 0;
        for (int c = 0; c < map.channels; ++c) cosine += own[c] * wanted[c];
        result.values.push_back(static_cast<float>(std::clamp(cosine, -1.0, 1.0)));
    }
    return result;
}

}  // namespace fusionscope::inspect
