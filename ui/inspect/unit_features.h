#pragma once

#include <span>
#include <vector>

#include "core/inspect/feature_map.h"
#include "core/inspect/similarity.h"

namespace fusionscope::ui {

/// A map's patch vectors at length 1, so that the similarity to other patches takes one dot product a patch: fast enough
/// to follow the mouse. Gives what inspect::similarityToPatches() gives, within 1e-5.
class UnitFeatures {
  public:
    UnitFeatures(const inspect::FeatureMap& map, inspect::Origin origin);

    /// Cosine, −1 to 1, of every patch to the mean of some patches of the map it was made of, the same one as then.
    /// @param patches at least one, each of them in the map
    inspect::ScalarMap similarityTo(const inspect::FeatureMap& map, std::span<const int> patches) const;

  private:
    std::vector<float> m_origin;  // [channels]: what vectors are measured from
    std::vector<float> m_units;   // [patches, channels]
};

}  // namespace fusionscope::ui
