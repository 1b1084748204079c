#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/files/tensor_table.h"

namespace fusionscope::files {

/// A tensor as a pickle of `torch.save` describes it.
struct PickledTensor {
    std::string_view name;     ///< its key in the saved dictionary
    std::string_view storage;  ///< key of the file that holds the values
    DType dtype = DType::F32;
    int64_t storageElements = 0;
    int64_t offset = 0;  ///< of the first element in the storage, in elements
    std::vector<int64_t> shape;
    std::vector<int64_t> strides;  ///< in elements, one for each axis
};

/// Reads the pickle of a state dictionary. It is never executed: see readTorchZip().
/// @param pickle must outlive the result. @param where the file's name for messages
/// @throws Error naming the opcode, the global or the entry that is refused
std::vector<PickledTensor> readPickle(std::span<const std::byte> pickle, const std::string& where);

}  // namespace fusionscope::files
