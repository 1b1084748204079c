#include "core/inspect/norm.h"

#include <cmath>

namespace fusionscope::inspect {

ScalarMap normMap(const FeatureMap& map) {
    requireSound(map);
    ScalarMap norms{map.rows, map.columns, {}};
    for (int patch = 0; patch < map.patches(); ++patch) {
        double squares = 0;
        for (const float value : map.patch(patch)) squares += static_cast<double>(value) * value;
        norms.values.push_back(static_cast<float>(std::sqrt(squares)));
    }
    return norms;
}

}  // namespace fusionscope::inspect
