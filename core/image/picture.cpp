#include "core/image/picture.h"

#include <algorithm>
#include <utility>

namespace fusionscope::image {

const char* name(Format format) {
    switch (format) {
        case Format::Png:
            return "PNG";
        case Format::Jpeg:
            return "JPEG";
        case Format::WebP:
            return "WebP";
        case Format::Gif:
            return "GIF";
        case Format::Bmp:
            return "BMP";
        case Format::Tiff:
            return "TIFF";
        case Format::Pnm:
            return "PNM";
        case Format::Tga:
            return "TGA";
        case Format::Unknown:
            break;
    }
    return "unknown";
}

std::vector<std::uint8_t> onWhite(const Picture& picture) {
    std::vector<std::uint8_t> blended = picture.rgb;
    for (std::size_t pixel = 0; pixel < picture.alpha.size(); ++pixel) {
        const std::uint32_t alpha = picture.alpha[pixel];
        for (std::size_t channel = 3 * pixel; channel < 3 * pixel + 3; ++channel) {
            // Seven extra bits, then a rounded division by 255: the reference's rounding.
            const std::uint32_t sum = (blended[channel] * alpha + 255 * (255 - alpha)) * 128 + (0x80 << 7);
            blended[channel] = static_cast<std::uint8_t>((((sum >> 8) + sum) >> 8) >> 7);
        }
    }
    return blended;
}

void applyOrientation(std::vector<std::uint8_t>& samples, Size& size, int channels, int orientation) {
    if (orientation < 2 || orientation > 8) return;
    // The eight orientations are: swap the axes (5 to 8), and run each stored axis backwards or not.
    const bool swapped = orientation >= 5;
    const bool columnsBackwards = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    const bool rowsBackwards = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    const Size upright = swapped ? Size{size.height, size.width} : size;
    std::vector<std::uint8_t> turned(samples.size());
    const ImageView stored{samples.data(), size, channels};
    std::uint8_t* out = turned.data();
    for (int y = 0; y < upright.height; ++y) {
        for (int x = 0; x < upright.width; ++x, out += channels) {
            const int column = swapped ? y : x, row = swapped ? x : y;
            const std::uint8_t* in =
                stored.row(rowsBackwards ? size.height - 1 - row : row) +
                static_cast<std::ptrdiff_t>(columnsBackwards ? size.width - 1 - column : column) * channels;
            std::copy_n(in, channels, out);
        }
    }
    samples = std::move(turned);
    size = upright;
}

}  // namespace fusionscope::image
