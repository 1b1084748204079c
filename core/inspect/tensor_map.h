#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "core/inspect/feature_map.h"

namespace fusionscope::inspect {

/// An activation as a feature map.
///
/// @param values [patches, channels] or [rows, columns, channels], after leading dimensions of size 1; patches counted
///               row by row. One patch more than the grid has is a pooled token in row 0, which has no place: it is cut.
/// @throws Error when the shape does not fit the grid
FeatureMap toFeatureMap(const at::Tensor& values, std::string name, int rows, int columns);

/// The same for a square grid, whose side follows from the number of patches (with or without a pooled token).
FeatureMap toFeatureMap(const at::Tensor& values, std::string name);

}  // namespace fusionscope::inspect
