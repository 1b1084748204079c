#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/train/tensors.h"

namespace fusionscope::train {

/// A training as it stands: one safetensors file with the tensors and, in its notes, a JSON value. A file appears whole
/// or not at all, so a program that is killed leaves the snapshot before.
struct Snapshot {
    Tensors tensors;  ///< fp32 or fp64
    nlohmann::json state;

    /// @throws Error when the disk is full
    void write(const std::filesystem::path& file) const;
    /// @throws Error when the file is damaged
    static Snapshot read(const std::filesystem::path& file);
};

}  // namespace fusionscope::train
