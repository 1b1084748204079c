#pragma once

#include <array>
#include <vector>

#include "core/image/processor.h"

namespace fusionscope::exporting {

/// A place of a picture: left, top, right, bottom in its pixels. A point has no extent.
using PixelPlace = std::array<double, 4>;

/// Places as shares of what the model sees, 0 to 1 from the top left: engine::MapOptions::selection.
/// @throws Error for a place outside of it
std::vector<std::array<double, 4>> selectionIn(const image::ProcessedPicture& seen, const std::vector<PixelPlace>& places);

/// The picture's pixel at a point of what the model sees (0 to 1), to a hundredth, so that it can be written in a command
/// line and means the same there. In the padding it lies outside of the picture.
PixelPlace placeAt(const image::ProcessedPicture& seen, double x, double y);

}  // namespace fusionscope::exporting
