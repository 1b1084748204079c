#pragma once

#include <filesystem>

#include "core/engine/control.h"
#include "core/engine/load_options.h"

namespace fusionscope::engine {

/// Writes a checkpoint with int8 or int4 weights beside the original: the same folder layout, the large linear layers
/// quantised, everything else copied. A half-written result is never left under the final name.
/// @param out must not exist. @throws Error when it does, when the disk is full, when the source is refused
void convertCheckpoint(const std::filesystem::path& source, Precision precision, int64_t groupSize,
                       const std::filesystem::path& out, const Control& control = {});

}  // namespace fusionscope::engine
