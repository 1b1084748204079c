#include "core/inspect/clusters.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include "core/files/error.h"

namespace fusionscope::inspect {

namespace {

using at::Tensor;

/// The standard distributions differ from library to library; this sequence is the same everywhere (splitmix64).
class Random {
  public:
    explicit Random(std::uint64_t seed) : m_state(seed) {}
    double uniform() {  // 0 ≤ value < 1
        std::uint64_t z = (m_state += 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        return static_cast<double>(z >> 11) / 9007199254740992.0;
    }

  private:
    std::uint64_t m_state;
};

/// Squared distances [patches, centres].
Tensor squaredDistances(const Tensor& patches, const Tensor& squares, const Tensor& centres) {
    return (squares.unsqueeze(1) - 2 * at::mm(patches, centres.t()) + centres.square().sum(1)).clamp_min(0);
}

/// k-means++: each further centre is a patch drawn with odds equal to its squared distance to the centres so far.
/// Ends early when every patch lies on a centre.
Tensor seedCentres(const Tensor& patches, const Tensor& squares, int count, Random& random) {
    const int64_t total = patches.size(0);
    std::vector<int64_t> chosen{std::min<int64_t>(static_cast<int64_t>(random.uniform() * static_cast<double>(total)), total - 1)};
    // The expanded squared distance of equal vectors is rounding noise of this size, not zero.
    const double noise = 1e-12 * std::max(squares.max().item<double>(), 1e-300);
    Tensor nearest = at::full({total}, std::numeric_limits<double>::infinity(), at::kDouble);
    while (static_cast<int>(chosen.size()) < count) {
        nearest = at::minimum(nearest, squaredDistances(patches, squares, patches[chosen.back()].unsqueeze(0)).squeeze(1));
        nearest = at::where(nearest > noise, nearest, at::zeros_like(nearest));
        const auto* distances = nearest.const_data_ptr<double>();
        const double sum = std::accumulate(distances, distances + total, 0.0);
        if (sum <= 0) break;
        double left = random.uniform() * sum;
        int64_t next = -1;
        for (int64_t i = 0; i < total; ++i) {
            if (distances[i] <= 0) continue;
            next = i;
            left -= distances[i];
            if (left < 0) break;
        }
        chosen.push_back(next);
    }
    return patches.index_select(0, at::tensor(chosen, at::kLong));
}

struct Result {
    std::vector<int64_t> labels;
    double inertia = std::numeric_limits<double>::infinity();
};

Result runOnce(const Tensor& patches, const Tensor& squares, const ClusterOptions& options, Random& random) {
    Tensor centres = seedCentres(patches, squares, options.count, random);
    Result result;
    Tensor labels;
    for (int iteration = 0; iteration < options.mostIterations; ++iteration) {
        const auto [distance, nearest] = squaredDistances(patches, squares, centres).min(1);
        const bool settled = labels.defined() && at::equal(labels, nearest);
        labels = nearest;
        result.inertia = distance.sum().item<double>();
        if (settled) break;
        Tensor sums = at::zeros_like(centres).index_add_(0, labels, patches);
        const Tensor sizes = at::bincount(labels, {}, centres.size(0)).to(at::kDouble).unsqueeze(1);
        // A cluster that lost all its patches keeps its centre; it can win patches back.
        centres = at::where(sizes > 0, sums / sizes.clamp_min(1), centres);
    }
    result.labels.assign(labels.const_data_ptr<int64_t>(), labels.const_data_ptr<int64_t>() + labels.numel());
    return result;
}

/// Numbers the clusters by falling size, equals by their first patch; empty ones vanish.
LabelMap ordered(const FeatureMap& map, const std::vector<int64_t>& labels, int count) {
    struct Cluster {
        int size = 0;
        int first = -1;
        int old = 0;
    };
    std::vector<Cluster> clusters(count);
    for (int c = 0; c < count; ++c) clusters[c].old = c;
    for (std::size_t patch = 0; patch < labels.size(); ++patch) {
        Cluster& cluster = clusters[labels[patch]];
        if (cluster.size++ == 0) cluster.first = static_cast<int>(patch);
    }
    std::erase_if(clusters, [](const Cluster& cluster) { return cluster.size == 0; });
    std::sort(clusters.begin(), clusters.end(), [](const Cluster& a, const Cluster& b) {
        return a.size != b.size ? a.size > b.size : a.first < b.first;
    });
    std::vector<int> renamed(count, 0);
    for (std::size_t i = 0; i < clusters.size(); ++i) renamed[clusters[i].old] = static_cast<int>(i);
    LabelMap result{map.rows, map.columns, static_cast<int>(clusters.size()), {}};
    for (const int64_t label : labels) result.labels.push_back(renamed[label]);
    return result;
}

}  // namespace

Clusters clusterPatches(const FeatureMap& map, const ClusterOptions& options) {
    requireSound(map);
    if (options.count < 1 || options.starts < 1 || options.mostIterations < 1) {
        throw Error(concat(options.count, " clusters, ", options.starts, " starts and ", options.mostIterations,
                           " iterations were asked for, expected at least 1 of each"),
                    map.name);
    }
    ClusterOptions bounded = options;
    bounded.count = std::min(options.count, map.patches());
    Tensor patches =
        at::from_blob(const_cast<float*>(map.data.data()), {map.patches(), map.channels}, at::kFloat).to(at::kDouble);
    patches = patches - patches.mean(0);  // distances stay; the expanded squares lose fewer digits
    const Tensor squares = patches.square().sum(1);
    Random random(options.seed);
    Result best;
    for (int start = 0; start < bounded.starts; ++start) {
        Result result = runOnce(patches, squares, bounded, random);
        if (result.inertia < best.inertia) best = std::move(result);
    }
    return {ordered(map, best.labels, bounded.count), best.inertia};
}

}  // namespace fusionscope::inspect
