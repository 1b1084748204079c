#pragma once

#include "core/inspect/feature_map.h"

namespace fusionscope::inspect {

/// Length (L2 norm) of every patch's vector.
ScalarMap normMap(const FeatureMap& map);

}  // namespace fusionscope::inspect
