#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/image/picture.h"

namespace fusionscope::image {

/// Pillow's filters under Pillow's numbers, as `resample` in a preprocessor_config.json counts them.
enum class Filter { Nearest = 0, Lanczos = 1, Bilinear = 2, Bicubic = 3, Box = 4, Hamming = 5 };

/// Which way the first of the two passes goes; the 8-bit intermediate picture makes the results differ.
enum class PassOrder {
    HorizontalFirst,  ///< Pillow up to 12: what the released checkpoints were trained with
    Pillow13,         ///< Pillow 13: vertical first when the height shrinks by more than twice what the width does
};

/// A picture laid on a larger canvas of one colour; the canvas itself is never stored.
struct Canvas {
    Size size;
    int left = 0, top = 0;               ///< where the picture's corner lies; the picture is inside the canvas
    std::array<std::uint8_t, 4> fill{};  ///< colour of the rest, one value a channel
};

/// Resizes 8-bit samples to the bit as Pillow's `Image.resize` does: antialiased, weights with 22 fractional bits,
/// 8-bit between the passes. Two and four channels end in alpha and are weighted by it (except Nearest).
///
/// Memory beyond the result is a few rows; time grows with the picture's own pixels, not with the canvas.
/// @param canvas resize this canvas with the picture on it instead of the bare picture (sides of the result ≥ 16 then)
/// @returns [size.height, size.width, channels]
std::vector<std::uint8_t> resample(const ImageView& picture, Size size, Filter filter,
                                   PassOrder order = PassOrder::HorizontalFirst,
                                   const std::optional<Canvas>& canvas = std::nullopt);

/// The part [left, left + size.width) × [top, top + size.height), which must lie inside the picture.
std::vector<std::uint8_t> crop(const ImageView& picture, int left, int top, Size size);

/// The smallest square around a picture with the picture in its middle (floor of half the rest left and above).
Canvas squareAround(Size picture, const std::array<std::uint8_t, 4>& fill);

}  // namespace fusionscope::image
