#pragma once

#include <cstdint>

namespace fusionscope::image {

/// a · b / 255, rounded as Pillow rounds it; both at most 255.
inline std::uint8_t timesOver255(std::uint32_t a, std::uint32_t b) {
    const std::uint32_t product = a * b + 128;
    return static_cast<std::uint8_t>(((product >> 8) + product) >> 8);
}

}  // namespace fusionscope::image
