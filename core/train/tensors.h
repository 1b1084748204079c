#pragma once

#include <ATen/core/Tensor.h>

#include <c10/core/Device.h>

#include <map>
#include <string>

namespace fusionscope::train {

using at::Tensor;

/// Tensors by name: weights by the names of the checkpoint, or the state of a training.
using Tensors = std::map<std::string, Tensor, std::less<>>;

/// A batch's tensor, made on the CPU, where a device can fetch it while both go on working.
inline Tensor readyFor(c10::Device device, Tensor tensor) { return device.is_cuda() ? tensor.pin_memory() : tensor; }
/// Fetches it.
inline Tensor onto(c10::Device device, const Tensor& tensor) { return tensor.to(device, /*non_blocking=*/true); }

}  // namespace fusionscope::train
