#pragma once

#include <filesystem>

#include "core/files/tensor_table.h"

namespace fusionscope::files {

/// Reads `pytorch_model.bin` as `torch.save` has written it since PyTorch 1.6: a zip archive of a pickle and raw storages.
///
/// The pickle is read by an interpreter of our own that can build dictionaries, tuples, strings, numbers and tensors and
/// nothing else: every other opcode, and every global except torch's tensor builders, its storage types and
/// `collections.OrderedDict`, is refused by name, so that nothing in the file can run. Storages stay mapped; only a
/// tensor that is not contiguous is copied, and all copies together are never larger than the file.
/// @throws Error naming the file and what is refused
TensorTable readTorchZip(const std::filesystem::path& file);

}  // namespace fusionscope::files
