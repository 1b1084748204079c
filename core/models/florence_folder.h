#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>

#include "core/files/tensor_table.h"
#include "core/models/florence_config.h"

namespace fusionscope::files {
class ModelFolder;
}

/// Where a Florence checkpoint keeps what its tower needs.
namespace fusionscope::models {

/// True when the tensors are those of a Florence-VL, whose tower stands behind FlorenceVl::towerPrefix.
bool holdsFlorenceVl(const files::TensorTable& table);

/// The tower of a Florence-VL checkpoint. Its config.json is searched in the folder's `vision_tower`, in the folder
/// that mm_vision_tower names (inside the checkpoint or beside it), in a `vision_tower` beside the checkpoint, and else
/// the sizes are inferred from the weights.
/// @param table canonical names. @throws Error
FlorenceConfig readTowerOfFlorenceVl(const files::ModelFolder& folder, const files::TensorTable& table);

/// Side in pixels of the pictures that the processor makes: from preprocessor_config.json beside the tower's
/// configuration, else in the folder itself, else 768. @throws Error when the pictures are not square
int64_t readImageSide(const files::ModelFolder& folder);

/// @throws Error when pictures of that side do not fit the tower's position tables
void checkImageSide(const FlorenceConfig& config, int64_t side, const std::string& where);

}  // namespace fusionscope::models
