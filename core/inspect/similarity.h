#pragma once

#include <span>
#include <vector>

#include "core/inspect/feature_map.h"

namespace fusionscope::inspect {

/// What patch vectors are measured from.
enum class Origin {
    Zero,  ///< the vectors as they are
    Mean   ///< the map's mean vector is taken off first: what all patches share then no longer makes them alike
};

/// The mean vector of some patches: [channels]. @throws Error when the list is empty or names a patch outside the map
std::vector<float> meanOfPatches(const FeatureMap& map, std::span<const int> patches);

/// Cosine, −1 to 1, of every patch to the mean of some patches (to one patch when the list has one).
/// A vector of length zero is similar to nothing: 0.
ScalarMap similarityToPatches(const FeatureMap& map, std::span<const int> patches, Origin origin = Origin::Zero);

/// Cosine of every patch to a vector from elsewhere: another map's patch, a word.
/// With Origin::Mean the map's mean is taken off the patches and off the vector.
/// @param query [channels] @throws Error when its length is not the map's channel count
ScalarMap similarityToVector(const FeatureMap& map, std::span<const float> query, Origin origin = Origin::Zero);

}  // namespace fusionscope::inspect
