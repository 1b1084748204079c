#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fusionscope::image {

enum class Format { Unknown, Png, Jpeg, WebP, Gif, Bmp, Tiff, Pnm, Tga };
/// "PNG", "JPEG", …
const char* name(Format format);

struct Size {
    int width = 0;
    int height = 0;
    bool operator==(const Size&) const = default;
};

/// Rows of interleaved 8-bit samples without gaps, owned by someone else.
struct ImageView {
    const std::uint8_t* data = nullptr;
    Size size;
    int channels = 3;

    std::size_t rowBytes() const { return static_cast<std::size_t>(size.width) * static_cast<std::size_t>(channels); }
    std::size_t bytes() const { return rowBytes() * static_cast<std::size_t>(size.height); }
    const std::uint8_t* row(int y) const { return data + static_cast<std::size_t>(y) * rowBytes(); }
};

/// What the decoder saw before it made the picture upright and 8-bit RGB.
struct PictureSource {
    Format format = Format::Unknown;
    std::string colours;  ///< as stored: "RGB", "gray + alpha", "palette", "CMYK", …
    int bitsPerSample = 8;
    Size storedSize;        ///< before the EXIF orientation was applied
    int orientation = 1;    ///< EXIF orientation that was applied, 1 … 8
    bool animated = false;  ///< more frames follow; the first one was decoded
};

/// A decoded picture: upright, 8-bit RGB, with the alpha channel apart when the file has a transparent pixel.
///
/// `rgb` holds the colours as they are stored, transparency ignored (Pillow's `convert("RGB")`): what Florence-2 and
/// Florence-VL were trained with. Families that blend on white use onWhite().
struct Picture {
    Size size;
    std::vector<std::uint8_t> rgb;    ///< [height, width, 3]
    std::vector<std::uint8_t> alpha;  ///< [height, width]; empty when every pixel is opaque
    PictureSource source;

    ImageView view() const { return {rgb.data(), size, 3}; }
};

/// The picture blended over white, [height, width, 3], rounded as Pillow's `alpha_composite` does.
std::vector<std::uint8_t> onWhite(const Picture& picture);

/// Turns interleaved samples upright. @param orientation EXIF's 1 … 8; anything else counts as 1
/// @param size the size as stored; becomes the upright size
void applyOrientation(std::vector<std::uint8_t>& samples, Size& size, int channels, int orientation);

}  // namespace fusionscope::image
