#pragma once

#include <filesystem>

#include "core/engine/control.h"
#include "core/engine/load_options.h"

namespace fusionscope::engine {

/// Writes a checkpoint with int8 or int4 weights beside the original: one model.safetensors in which the language
/// model's matrices are quantised (see nn/quantized.h) and all other tensors are as they were, and every file of the
/// original that is no weights. Nothing appears under the final name before all of it is written.
/// @param precision Int8 or Int4
/// @param out must not exist. @throws Error when it does, when the disk is full, when the source is refused; Stopped
void convertCheckpoint(const std::filesystem::path& source, Precision precision, int64_t groupSize,
                       const std::filesystem::path& out, const Control& control = {});

}  // namespace fusionscope::engine
