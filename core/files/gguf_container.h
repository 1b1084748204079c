#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "core/files/tensor_table.h"

namespace fusionscope::files {

/// A list of a GGUF file, validated and still in the file.
struct GgufList {
    uint32_t elementType = 0;  ///< GGUF's number of it
    uint64_t count = 0;
    std::span<const std::byte> bytes;
};

/// A GGUF file as it stands: its values and its tensors, under GGUF's own names.
struct GgufContainer {
    std::string where;         ///< the file's name for messages
    nlohmann::json values;     ///< every value that is not a list, in one flat object
    std::map<std::string, GgufList, std::less<>> lists;
    TensorTable tensors;       ///< shapes in PyTorch's order (GGUF's reversed)

    /// A list by its key; empty when there is none. @throws Error when it holds something else
    std::vector<std::string> texts(const std::string& key) const;
    std::vector<int32_t> integers(const std::string& key) const;
    std::vector<float> numbers(const std::string& key) const;
};

/// @throws Error as readGguf() does
GgufContainer readGgufContainer(const std::filesystem::path& file);

}  // namespace fusionscope::files
