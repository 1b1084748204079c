#pragma once

#include <string>

#include "core/models/encode_options.h"
#include "core/tiling/any_resolution.h"

namespace fusionscope::models {

/// A named activation with a patch grid ; whether it reaches the language model is left open.
ActivationInfo activationMap(std::string name, std::string row, std::string column, tiling::Grid grid,
                             int64_t channels);

}  // namespace fusionscope::models
