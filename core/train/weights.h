#pragma once

#include <memory>
#include <string_view>

#include "core/nn/weights.h"
#include "core/train/tensors.h"

namespace fusionscope::files {
class ModelFolder;
}

namespace fusionscope::train {

/// Where a Florence-VL's projector lies, and its first matrix (mlp2x_gelu).
inline constexpr std::string_view projectorPlace = "model.mm_projector.",
                                  projectorMatrix = "model.mm_projector.encoder_mlp.0.weight";

/// All tensors of a Florence-VL folder in fp32, in memory of their own, by canonical names (canonicalizeFlorenceNames).
/// @throws Error when a tensor is quantised or the folder is no Florence-VL
Tensors readWeights(const files::ModelFolder& folder, c10::Device device);

/// A place to build models from; they share the tensors, so what an optimizer changes they compute with.
nn::Weights asPlace(const Tensors& tensors);

/// Whether a tensor of a checkpoint is learnt at all: buffers are not.
bool isLearnt(std::string_view name);
/// Whether a tensor is a matrix between activations, which Muon suits; tables and output layers are not.
bool isMatrix(std::string_view name, const Tensor& tensor);

}  // namespace fusionscope::train
