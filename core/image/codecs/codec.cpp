#include "core/image/codecs/codec.h"

#include <algorithm>
#include <cstring>

#include "core/files/error.h"
#include "core/image/rounding.h"

namespace fusionscope::image::codecs {

void Input::refuse(const std::string& problem) const {
    throw Error(problem, where, "Open the picture in another program and save it again, as PNG for example.");
}

PictureWriter::PictureWriter(const Input& input, Format format, std::int64_t width, std::int64_t height, bool hasAlpha)
    : m_hasAlpha(hasAlpha) {
    const DecodeLimits& limits = input.limits;
    const std::string claim = concat("this ", name(format), " claims ", width, " × ", height, " pixels");
    if (width < 1 || height < 1) input.refuse(claim);
    if (width > limits.side || height > limits.side || width * height > limits.pixels)
        throw Error(concat(claim, ", more than the limit of ", limits.side, " a side and ", limits.pixels / 1'000'000,
                           " megapixels"),
                    input.where, "Make the picture smaller first.");
    // Real pictures of one colour reach some ten thousand pixels a byte; what claims more is made to exhaust memory.
    const auto plausible = (std::int64_t{1} << 24) + static_cast<std::int64_t>(input.bytes.size()) * 32768;
    if (width * height > plausible)
        input.refuse(concat(claim, ", which its ", input.bytes.size(), " bytes cannot hold"));

    m_picture.size = {static_cast<int>(width), static_cast<int>(height)};
    m_picture.source.format = format;
    m_picture.source.storedSize = m_picture.size;
    // Reserved memory is not touched before a row is written to it.
    const auto pixels = static_cast<std::size_t>(width * height);
    m_picture.rgb.reserve(3 * pixels);
    if (hasAlpha) m_picture.alpha.reserve(pixels);
}

void PictureWriter::appendRgb(const std::uint8_t* row) {
    m_picture.rgb.insert(m_picture.rgb.end(), row, row + 3 * width());
}

void PictureWriter::appendRgba(const std::uint8_t* row) {
    const std::size_t start = m_picture.rgb.size(), alphaStart = m_picture.alpha.size();
    m_picture.rgb.resize(start + static_cast<std::size_t>(width()) * 3);
    if (m_hasAlpha) m_picture.alpha.resize(alphaStart + static_cast<std::size_t>(width()));
    std::uint8_t* rgb = m_picture.rgb.data() + start;
    for (int x = 0; x < width(); ++x, row += 4, rgb += 3) {
        std::copy_n(row, 3, rgb);
        if (m_hasAlpha) m_picture.alpha[alphaStart + static_cast<std::size_t>(x)] = row[3];
    }
}

void PictureWriter::appendGray(const std::uint8_t* row) {
    const std::size_t start = m_picture.rgb.size();
    m_picture.rgb.resize(start + static_cast<std::size_t>(width()) * 3);
    std::uint8_t* rgb = m_picture.rgb.data() + start;
    for (int x = 0; x < width(); ++x, rgb += 3) std::fill_n(rgb, 3, row[x]);
}

void PictureWriter::appendBlank(int rows) {
    const auto pixels = static_cast<std::size_t>(rows) * static_cast<std::size_t>(width());
    m_picture.rgb.resize(m_picture.rgb.size() + 3 * pixels);
    if (m_hasAlpha) m_picture.alpha.resize(m_picture.alpha.size() + pixels);
}

std::uint8_t* PictureWriter::rgbRow(int y) {
    return m_picture.rgb.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width()) * 3;
}

std::uint8_t* PictureWriter::alphaRow(int y) {
    return m_picture.alpha.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width());
}

Picture PictureWriter::finish() {
    std::vector<std::uint8_t>& alpha = m_picture.alpha;
    if (std::all_of(alpha.begin(), alpha.end(), [](std::uint8_t value) { return value == 255; }))
        std::vector<std::uint8_t>().swap(alpha);
    return std::move(m_picture);
}

void checkUnpackedSize(const Input& input, std::uint64_t bytes, std::uint64_t ratio) {
    if (bytes > (std::uint64_t{1} << 20) + input.bytes.size() * ratio)
        input.refuse(concat("the header asks for ", bytes, " bytes of pixels, which the file's ", input.bytes.size(),
                            " bytes cannot hold"));
}

void cmykToRgb(const std::uint8_t* cmyk, int width, std::uint8_t* rgb) {
    for (int x = 0; x < width; ++x, cmyk += 4, rgb += 3) {
        const std::uint32_t light = 255U - cmyk[3];
        for (int channel = 0; channel < 3; ++channel)
            rgb[channel] = static_cast<std::uint8_t>(light - timesOver255(cmyk[channel], light));
    }
}

int exifOrientation(std::span<const std::uint8_t> exif) {
    constexpr std::uint32_t orientationTag = 0x0112, shortType = 3;
    if (exif.size() >= 6 && std::memcmp(exif.data(), "Exif\0\0", 6) == 0) exif = exif.subspan(6);
    if (exif.size() < 8) return 1;
    const bool bigEndian = exif[0] == 'M';
    // Reads past the end give 0, which no field that matters here can be.
    const auto number = [&](std::size_t at, std::size_t bytes) {
        std::uint32_t value = 0;
        if (at > exif.size() || bytes > exif.size() - at) return value;
        for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | exif[at + (bigEndian ? i : bytes - 1 - i)];
        return value;
    };
    if (number(2, 2) != 42) return 1;
    const std::size_t directory = number(4, 4);
    const std::uint32_t entries = number(directory, 2);
    for (std::size_t i = 0; i < entries; ++i) {
        const std::size_t entry = directory + 2 + 12 * i;
        if (entry + 12 > exif.size()) break;
        if (number(entry, 2) != orientationTag || number(entry + 2, 2) != shortType) continue;
        const std::uint32_t orientation = number(entry + 8, 2);
        return orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
    }
    return 1;
}

}  // namespace fusionscope::image::codecs
