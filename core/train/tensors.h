#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

namespace fusionscope::train {

using at::Tensor;

/// Tensors by name: weights by the names of the checkpoint, or the state of a training.
using Tensors = std::map<std::string, Tensor, std::less<>>;

}  // namespace fusionscope::train
