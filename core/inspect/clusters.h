#pragma once

#include <cstdint>

#include "core/inspect/feature_map.h"

namespace fusionscope::inspect {

struct ClusterOptions {
    int count = 6;            ///< clusters wanted
    int starts = 4;           ///< independent k-means++ starts; the tightest result is kept
    int mostIterations = 100; ///< of one start
    std::uint64_t seed = 1;   ///< the same seed gives the same labels
};

/// Patches grouped by k-means (squared Euclidean distance, k-means++ starts).
struct Clusters {
    LabelMap labels;    ///< the largest cluster is 0, then by falling size; equals by the first patch
    double inertia = 0; ///< sum over patches of the squared distance to the cluster's centre
};

/// Fewer clusters than wanted come out when the map has fewer different patches.
/// @throws Error when the count is below 1 or the map not sound
Clusters clusterPatches(const FeatureMap& map, const ClusterOptions& options = {});

}  // namespace fusionscope::inspect
