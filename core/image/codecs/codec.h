#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/image/decode.h"
#include "core/image/picture.h"

/// One function a format, each from bytes to a Picture whose EXIF orientation is noted but not applied yet.
namespace fusionscope::image::codecs {

/// The bytes to decode, what to call them in messages, and what they may cost.
struct Input {
    std::span<const std::byte> bytes;
    const std::string& where;
    const DecodeLimits& limits;

    const std::uint8_t* data() const { return reinterpret_cast<const std::uint8_t*>(bytes.data()); }
    std::string_view text() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
    /// @throws Error that the picture is damaged or cut short, and why
    [[noreturn]] void refuse(const std::string& problem) const;
};

Picture png(const Input& input);
Picture jpeg(const Input& input);
Picture webp(const Input& input);
Picture gif(const Input& input);
Picture bmp(const Input& input);
Picture tiff(const Input& input);
Picture pnm(const Input& input);
Picture tga(const Input& input);

/// Whether bytes without a signature could be a TGA file: every field of its header makes sense.
bool looksLikeTga(std::span<const std::byte> bytes);

/// Orientation 1 … 8 out of an EXIF block (with or without its "Exif\0\0" mark); 1 when it states none.
int exifOrientation(std::span<const std::uint8_t> exif);

/// A picture that is filled row by row, so that memory follows the data and not the header's claim.
class PictureWriter {
  public:
    /// @throws Error when the claimed size is empty or beyond the limits
    PictureWriter(const Input& input, Format format, std::int64_t width, std::int64_t height, bool hasAlpha);

    Picture& picture() { return m_picture; }
    int width() const { return m_picture.size.width; }
    int height() const { return m_picture.size.height; }

    void appendRgb(const std::uint8_t* row);
    void appendRgba(const std::uint8_t* row);
    void appendGray(const std::uint8_t* row);
    /// Adds rows of zeros, to be written in any order.
    void appendBlank(int rows);
    std::uint8_t* rgbRow(int y);
    std::uint8_t* alphaRow(int y);
    bool hasAlpha() const { return m_hasAlpha; }

    /// The finished picture; alpha is dropped when nothing is transparent.
    Picture finish();

  private:
    Picture m_picture;
    bool m_hasAlpha;
};

/// The work buffer of a decoder that cannot go row by row. @throws Error when `bytes` is more than data of that size
/// can unpack to at `ratio` bytes a byte (a header's claim that the file cannot keep)
void checkUnpackedSize(const Input& input, std::uint64_t bytes, std::uint64_t ratio);

/// Pillow's way from ink to light: what black leaves, less the ink's share of it. Takes [width, 4], writes [width, 3].
void cmykToRgb(const std::uint8_t* cmyk, int width, std::uint8_t* rgb);

}  // namespace fusionscope::image::codecs
