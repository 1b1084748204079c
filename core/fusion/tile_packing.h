#pragma once

#include <ATen/core/Tensor.h>

#include "core/tiling/any_resolution.h"

/// Putting a picture's views in a row for the language model, as LLaVA does.
namespace fusionscope::fusion {

using at::Tensor;

/// Tiles put together to the canvas they were cut from.
/// @param tiles [rows*columns, patches, width], row by row; @param tile patches of one
/// @return [patch rows, patch columns, width]
Tensor joinTiles(const Tensor& tiles, tiling::Grid grid, tiling::Grid tile);

/// A map resized bilinearly, without smoothing; corners are not aligned. map [rows, columns, width]
Tensor resized(const Tensor& map, tiling::Grid size);

/// A map row by row, each row followed by the newline: [rows*(columns+1), width]. @param newline [width]
Tensor withNewlines(const Tensor& map, const Tensor& newline);

}  // namespace fusionscope::fusion
