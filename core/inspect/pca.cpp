#include "core/inspect/pca.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "core/files/error.h"
#include "core/inspect/eigen.h"

namespace fusionscope::inspect {

namespace {

using at::Tensor;

/// A direction with less variance than this share of the largest, or of the values' mean square, is rounding noise.
constexpr double noiseShare = 1e-12;
constexpr double noiseOfSquares = 1e-20;
/// A basis cannot be refitted to fewer foreground patches.
constexpr int fewestForegroundPatches = 5;

Tensor patchMatrix(const FeatureMap& map) {  // [patches, channels] fp64
    // from_blob wants a mutable pointer; the result of `to` is a copy and the blob is only read.
    return at::from_blob(const_cast<float*>(map.data.data()), {map.patches(), map.channels}, at::kFloat).to(at::kDouble);
}

Tensor asTensor(const std::vector<double>& values, at::IntArrayRef shape) {
    return at::from_blob(const_cast<double*>(values.data()), shape, at::kDouble);
}

std::vector<double> asVector(const Tensor& values) {
    const Tensor flat = values.contiguous();
    return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

void requireSameChannels(const FeatureMap& map, int channels) {
    requireSound(map);
    if (map.channels != channels) {
        throw Error(concat("the map has ", map.channels, " channels, the basis ", channels), map.name,
                    "Fit a basis to maps of this kind, or give each map its own.");
    }
}

/// Unit directions [count, channels] of the centred patches and their variances times (patches − 1), unsigned.
std::pair<Tensor, Tensor> principalDirections(const Tensor& centred, int64_t count) {
    const int64_t patches = centred.size(0);
    const int64_t channels = centred.size(1);
    if (channels <= patches) {
        const Eigenpairs pairs = largestEigenpairs(at::mm(centred.t(), centred), count);
        return {pairs.vectors.t(), pairs.values};
    }
    const int64_t known = std::min(count, patches);
    const Eigenpairs pairs = largestEigenpairs(at::mm(centred, centred.t()), known);
    Tensor directions = at::zeros({count, channels}, at::kDouble);
    Tensor values = at::zeros({count}, at::kDouble);
    const Tensor rows = at::mm(pairs.vectors.t(), centred);
    directions.narrow(0, 0, known).copy_(rows / at::linalg_vector_norm(rows, 2, {1}, true).clamp_min(1e-300));
    values.narrow(0, 0, known).copy_(pairs.values);
    return {directions, values};
}

void fixSigns(Tensor& directions) {  // [count, channels]
    const Tensor largest = directions.abs().argmax(1, true);
    const Tensor sign = directions.gather(1, largest).sign();
    directions = directions * sign;  // a component of zeros stays one
}

void setRange(PcaBasis& basis, const Tensor& scores) {  // [patches, count]
    basis.low = asVector(scores.amin(0));
    basis.high = asVector(scores.amax(0));
}

PcaBasis fitToMatrix(const Tensor& patches, int count) {
    PcaBasis basis;
    basis.channels = static_cast<int>(patches.size(1));
    const int64_t kept = std::min<int64_t>(count, basis.channels);
    const Tensor mean = patches.mean(0);
    const Tensor centred = patches - mean;
    auto [directions, squares] = principalDirections(centred, kept);

    const double largest = squares[0].item<double>();
    const double noise = std::max(noiseShare * largest, noiseOfSquares * patches.square().sum().item<double>());
    const Tensor real = squares > noise;
    squares = at::where(real, squares, at::zeros_like(squares));
    directions = at::where(real.unsqueeze(1), directions, at::zeros_like(directions));
    fixSigns(directions);

    basis.mean = asVector(mean);
    basis.components = asVector(directions);
    basis.explainedVariance = asVector(squares / static_cast<double>(std::max<int64_t>(patches.size(0) - 1, 1)));
    const double whole = centred.square().sum().item<double>();
    basis.explainedRatio = asVector(largest > noise ? squares / whole : squares);
    setRange(basis, at::mm(centred, directions.t()));
    return basis;
}

Tensor scoresOf(const Tensor& patches, const PcaBasis& basis) {
    return at::mm(patches - asTensor(basis.mean, {basis.channels}),
                  asTensor(basis.components, {basis.count(), basis.channels}).t());
}

/// All patches of all maps under one another: [sum of patches, channels].
Tensor stacked(std::span<const FeatureMap* const> maps) {
    if (maps.empty()) throw Error("no map was given, expected at least one", "PCA basis");
    std::vector<Tensor> parts;
    for (const FeatureMap* map : maps) {
        requireSameChannels(*map, maps.front()->channels);
        parts.push_back(patchMatrix(*map));
    }
    return parts.size() == 1 ? parts.front() : at::cat(parts, 0);
}

std::vector<std::string> namesOf(std::span<const FeatureMap* const> maps) {
    std::vector<std::string> names;
    for (const FeatureMap* map : maps) names.push_back(map->name);
    return names;
}

void requireCount(int count) {
    if (count < 1) throw Error(concat(count, " components were asked for, expected at least 1"), "PCA basis");
}

double stretched(double score, double low, double high) {
    return high > low ? std::clamp((score - low) / (high - low), 0.0, 1.0) : 0.0;
}

bool isForeground(double firstScore, const ForegroundBasis& basis) {
    return stretched(firstScore, basis.all.low[0], basis.all.high[0]) > basis.threshold;
}

}  // namespace

PcaBasis fitPca(const FeatureMap& map, int count) {
    const FeatureMap* const one[] = {&map};
    return fitPca(one, count);
}

PcaBasis fitPca(std::span<const FeatureMap* const> maps, int count) {
    requireCount(count);
    PcaBasis basis = fitToMatrix(stacked(maps), count);
    basis.maps = namesOf(maps);
    return basis;
}

std::vector<double> project(const FeatureMap& map, const PcaBasis& basis) {
    requireSameChannels(map, basis.channels);
    return asVector(scoresOf(patchMatrix(map), basis));
}

ColourMap pcaColours(const FeatureMap& map, const PcaBasis& basis) {
    const std::vector<double> scores = project(map, basis);
    const int count = basis.count();
    ColourMap colours{map.rows, map.columns, std::vector<float>(static_cast<std::size_t>(map.patches()) * 3)};
    for (int patch = 0; patch < map.patches(); ++patch) {
        for (int c = 0; c < std::min(count, 3); ++c) {
            const double score = scores[static_cast<std::size_t>(patch) * count + c];
            colours.values[static_cast<std::size_t>(patch) * 3 + c] =
                static_cast<float>(stretched(score, basis.low[c], basis.high[c]));
        }
    }
    return colours;
}

ForegroundBasis fitForeground(const FeatureMap& map, double threshold) {
    const FeatureMap* const one[] = {&map};
    return fitForeground(one, threshold);
}

ForegroundBasis fitForeground(std::span<const FeatureMap* const> maps, double threshold) {
    if (!(threshold >= 0 && threshold <= 1)) {
        throw Error(concat("the threshold is ", threshold, ", expected 0 to 1"), "foreground of a PCA");
    }
    const Tensor patches = stacked(maps);
    ForegroundBasis basis;
    basis.threshold = threshold;
    basis.all = fitToMatrix(patches, 3);
    basis.all.maps = namesOf(maps);

    const Tensor scores = scoresOf(patches, basis.all);
    const std::vector<double> first = asVector(scores.select(1, 0));
    std::vector<int64_t> rows;
    for (std::size_t row = 0; row < first.size(); ++row) {
        if (isForeground(first[row], basis)) rows.push_back(static_cast<int64_t>(row));
    }
    const Tensor chosen = at::from_blob(rows.data(), {static_cast<int64_t>(rows.size())}, at::kLong);
    if (static_cast<int>(rows.size()) >= fewestForegroundPatches) {
        basis.foreground = fitToMatrix(patches.index_select(0, chosen), 3);
        basis.foreground.maps = basis.all.maps;
    } else {
        basis.foreground = basis.all;
        if (!rows.empty()) setRange(basis.foreground, scores.index_select(0, chosen));
    }
    return basis;
}

std::vector<std::uint8_t> foregroundOf(const FeatureMap& map, const ForegroundBasis& basis) {
    const std::vector<double> scores = project(map, basis.all);
    std::vector<std::uint8_t> foreground;
    for (int patch = 0; patch < map.patches(); ++patch) {
        foreground.push_back(isForeground(scores[static_cast<std::size_t>(patch) * basis.all.count()], basis));
    }
    return foreground;
}

ColourMap foregroundColours(const FeatureMap& map, const ForegroundBasis& basis) {
    const std::vector<std::uint8_t> foreground = foregroundOf(map, basis);
    ColourMap colours = pcaColours(map, basis.foreground);
    for (std::size_t patch = 0; patch < foreground.size(); ++patch) {
        if (!foreground[patch]) std::fill_n(colours.values.begin() + static_cast<std::ptrdiff_t>(patch) * 3, 3, 0.0F);
    }
    return colours;
}

}  // namespace fusionscope::inspect
