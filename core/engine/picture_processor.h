#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/image/processor.h"

namespace fusionscope::files {
class ModelFolder;
}

namespace fusionscope::engine {

/// What a checkpoint does to pictures, without reading any weights.
/// @throws Error when it takes none, or its preprocessor_config.json is missing or asks for what its family does not do
std::unique_ptr<image::Processor> loadCheckpointProcessor(const files::ModelFolder& folder);

/// What the Florence-2 inside a Florence-VL does to pictures for its own tasks: stretches them. @throws Error
std::unique_ptr<image::Processor> loadTowerProcessor(const files::ModelFolder& folder);

/// A file of the vision tower: in the folder, in its `vision_tower`, or in a `vision_tower` beside it.
std::optional<std::filesystem::path> towerFile(const files::ModelFolder& folder, const std::string& name);

}  // namespace fusionscope::engine
