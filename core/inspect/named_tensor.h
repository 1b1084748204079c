#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fusionscope::inspect {

/// A recorded activation as plain numbers.
struct NamedTensor {
    std::string name;
    std::vector<int64_t> shape;
    std::vector<float> values;  ///< row-major
};

}  // namespace fusionscope::inspect
