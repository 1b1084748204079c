#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/image/picture.h"

namespace fusionscope::image {

/// What a picture may cost before it is refused.
struct DecodeLimits {
    std::size_t fileBytes = std::size_t{512} << 20;
    std::int64_t pixels = std::int64_t{1} << 28;  ///< of the canvas a file claims (268 megapixels)
    int side = 65535;                             ///< longest side, in pixels
};

/// Decodes PNG, JPEG, WebP, GIF, BMP, TIFF, PNM and TGA; of an animation the first frame, of a TIFF the first page.
///
/// The format is told by the content, never by a file's name. The size that the header claims is checked against
/// `limits` before anything is allocated for it, and memory then grows with the rows that really are in the data, so a
/// short file with a huge claim costs nothing. The samples equal Pillow's: 16-bit gray is clipped to 255, 16-bit
/// colour keeps the high byte, CMYK becomes (255 − black) · (255 − ink) / 255, palettes and colour keys become RGB (and
/// alpha), EXIF orientation is applied. A picture that is cut short or damaged is refused, not shown in part.
///
/// @param where the name to put in messages
/// @throws Error for anything that is not a whole picture within the limits (SVG, HEIC, PDF and plain text by name)
Picture decodePicture(std::span<const std::byte> bytes, const std::string& where, const DecodeLimits& limits = {});

/// Reads and decodes a file. @throws Error also when it is missing, a folder, unreadable, not a plain file, or too
/// large
Picture readPicture(const std::filesystem::path& file, const DecodeLimits& limits = {});

/// The bytes of a picture file, read under the same checks (for hashing and storing what was decoded).
std::vector<std::byte> readPictureFile(const std::filesystem::path& file, const DecodeLimits& limits = {});

/// The format that the first bytes announce, Unknown when none of ours.
Format recognize(std::span<const std::byte> bytes);

/// Encodes gray, gray + alpha, RGB or RGBA (1 to 4 channels) as PNG. @throws Error when there is no memory for it
std::vector<std::byte> encodePng(const ImageView& picture);

}  // namespace fusionscope::image
