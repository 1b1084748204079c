#pragma once

#include <optional>

#include "core/world/materials.h"
#include "core/world/scene.h"

namespace fusionscope::world {

/// Makes up the scene of one picture from its layout seed (see layoutSeed); the same seed gives the same scene.
/// @param family chosen by the seed where it is not given
Scene compose(const Materials& materials, Split split, uint64_t seed, std::optional<Family> family = {});

}  // namespace fusionscope::world
