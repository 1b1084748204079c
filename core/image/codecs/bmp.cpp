#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "core/files/byte_reader.h"
#include "core/files/error.h"
#include "core/image/codecs/codec.h"

namespace fusionscope::image {
namespace {

using files::ByteReader;
using Colour = std::array<std::uint8_t, 3>;

enum Compression : std::uint32_t { Plain = 0, RunLength8 = 1, RunLength4 = 2, Fields = 3, AlphaFields = 6 };

struct Header {
    std::int64_t width = 0, height = 0;
    bool topDown = false;
    int bits = 0;
    std::uint32_t compression = Plain, pixelOffset = 0;
    std::array<std::uint32_t, 4> masks{};  ///< red, green, blue, alpha
    std::vector<Colour> palette;
};

Header readHeader(const codecs::Input& input) {
    ByteReader reader(input.bytes, input.where);
    Header header;
    reader.moveTo(10);
    header.pixelOffset = reader.read<std::uint32_t>();
    const auto infoBytes = reader.read<std::uint32_t>();
    std::uint32_t colours = 0;
    if (infoBytes == 12) {  // OS/2
        header.width = reader.read<std::uint16_t>();
        header.height = reader.read<std::uint16_t>();
        reader.take(2);
        header.bits = reader.read<std::uint16_t>();
    } else if (infoBytes >= 40 && infoBytes <= 124) {
        header.width = reader.read<std::int32_t>();
        header.height = reader.read<std::int32_t>();
        header.topDown = header.height < 0;
        header.height = std::abs(header.height);
        reader.take(2);
        header.bits = reader.read<std::uint16_t>();
        header.compression = reader.read<std::uint32_t>();
        reader.take(12);
        colours = reader.read<std::uint32_t>();
        reader.take(4);
    } else {
        input.refuse(concat("this BMP has a header of ", infoBytes, " bytes, which no kind of BMP has"));
    }

    const bool fields = header.compression == Fields || header.compression == AlphaFields;
    if (fields) {  // behind a short header, inside a longer one: the same place
        const bool hasAlpha = infoBytes >= 56 || header.compression == AlphaFields;
        for (std::size_t i = 0; i < (hasAlpha ? 4 : 3); ++i) header.masks[i] = reader.read<std::uint32_t>();
    } else if (header.bits == 16) {
        header.masks = {0x7C00, 0x03E0, 0x001F, 0};
    } else {
        header.masks = {0xFF0000, 0xFF00, 0xFF, 0};
    }
    const bool known = header.compression == Plain || (header.compression == RunLength8 && header.bits == 8) ||
                       (header.compression == RunLength4 && header.bits == 4) ||
                       (fields && (header.bits == 16 || header.bits == 32));
    constexpr int depths[] = {1, 4, 8, 16, 24, 32};
    if (!known || std::find(std::begin(depths), std::end(depths), header.bits) == std::end(depths))
        input.refuse(concat("this BMP has ", header.bits, " bits a pixel with compression ", header.compression,
                            ", which cannot be read"));
    if (header.bits > 8) return header;

    header.palette.resize(std::size_t{1} << header.bits);
    const std::size_t entryBytes = infoBytes == 12 ? 3 : 4;
    if (colours == 0 || colours > header.palette.size()) colours = static_cast<std::uint32_t>(header.palette.size());
    reader.moveTo(std::size_t{14} + infoBytes);
    for (std::size_t i = 0; i < colours && reader.remaining() >= entryBytes; ++i) {
        const auto entry = reader.take(entryBytes);
        for (std::size_t channel = 0; channel < 3; ++channel)
            header.palette[i][channel] = std::to_integer<std::uint8_t>(entry[2 - channel]);
    }
    return header;
}

std::uint8_t masked(std::uint32_t pixel, std::uint32_t mask) {
    if (mask == 0) return 0;
    const int shift = std::countr_zero(mask);
    const std::uint64_t most = mask >> shift;
    return static_cast<std::uint8_t>(std::uint64_t{(pixel & mask) >> shift} * 255 / most);
}

/// The palette numbers of a run-length picture, [height, width], rows as stored. Skipped pixels are number 0.
std::vector<std::uint8_t> unpackRuns(const codecs::Input& input, const Header& header, ByteReader& reader) {
    const bool nibbles = header.compression == RunLength4;
    const auto width = static_cast<std::size_t>(header.width), height = static_cast<std::size_t>(header.height);
    codecs::checkUnpackedSize(input, width * height, 128 * 32);
    std::vector<std::uint8_t> numbers(width * height);
    std::size_t x = 0, y = 0;
    const auto put = [&](std::uint8_t number) {
        if (x < width && y < height) numbers[y * width + x] = number;
        ++x;
    };
    while (y < height) {
        const auto count = reader.read<std::uint8_t>(), value = reader.read<std::uint8_t>();
        if (count > 0) {
            for (int i = 0; i < count; ++i)
                put(!nibbles ? value : static_cast<std::uint8_t>(i % 2 == 0 ? value >> 4 : value & 15));
        } else if (value == 0) {
            x = 0;
            ++y;
        } else if (value == 1) {
            break;
        } else if (value == 2) {
            x += reader.read<std::uint8_t>();
            y += reader.read<std::uint8_t>();
        } else {
            const std::size_t bytes = nibbles ? (value + std::size_t{1}) / 2 : value;
            const auto literal = reader.take(bytes + bytes % 2);
            for (std::size_t i = 0; i < value; ++i) {
                const auto byte = std::to_integer<std::uint8_t>(literal[nibbles ? i / 2 : i]);
                put(!nibbles ? byte : static_cast<std::uint8_t>(i % 2 == 0 ? byte >> 4 : byte & 15));
            }
        }
    }
    return numbers;
}

void convertRow(const Header& header, const std::uint8_t* row, int width, std::uint8_t* rgb, std::uint8_t* alpha) {
    for (int x = 0; x < width; ++x, rgb += 3) {
        if (header.bits <= 8) {
            const int bit = x * header.bits;
            const int number = (row[bit / 8] >> (8 - header.bits - bit % 8)) & ((1 << header.bits) - 1);
            std::copy_n(header.palette[static_cast<std::size_t>(number)].data(), 3, rgb);
            continue;
        }
        std::uint32_t pixel = 0;
        const int bytes = header.bits / 8;
        for (int i = 0; i < bytes; ++i) pixel |= std::uint32_t{row[x * bytes + i]} << (8 * i);
        for (std::size_t channel = 0; channel < 3; ++channel) rgb[channel] = masked(pixel, header.masks[channel]);
        if (alpha != nullptr) alpha[x] = masked(pixel, header.masks[3]);
    }
}

}  // namespace

Picture codecs::bmp(const Input& input) {
    Header header = readHeader(input);
    PictureWriter out(input, Format::Bmp, header.width, header.height, header.masks[3] != 0);
    ByteReader reader(input.bytes, input.where);
    reader.moveTo(header.pixelOffset);

    std::vector<std::uint8_t> unpacked;
    const std::uint8_t* rows = input.data() + header.pixelOffset;
    std::size_t rowBytes =
        (static_cast<std::size_t>(header.width) * static_cast<std::size_t>(header.bits) + 31) / 32 * 4;
    if (header.compression == RunLength8 || header.compression == RunLength4) {
        unpacked = unpackRuns(input, header, reader);
        rows = unpacked.data();
        rowBytes = static_cast<std::size_t>(header.width);
        header.palette.resize(256);
        header.bits = 8;
    } else if (reader.remaining() / rowBytes < static_cast<std::size_t>(header.height)) {
        input.refuse(concat("this BMP is cut short: ", header.height, " rows of ", rowBytes,
                            " bytes are announced and ", reader.remaining(), " bytes are there"));
    }
    for (int y = 0; y < out.height(); ++y) {
        const int stored = header.topDown ? y : out.height() - 1 - y;
        out.appendBlank(1);
        convertRow(header, rows + static_cast<std::size_t>(stored) * rowBytes, out.width(), out.rgbRow(y),
                   out.hasAlpha() ? out.alphaRow(y) : nullptr);
    }
    PictureSource& source = out.picture().source;
    source.colours = !header.palette.empty() ? "palette" : out.hasAlpha() ? "RGB + alpha" : "RGB";
    source.bitsPerSample = header.bits == 16 ? 5 : 8;
    return out.finish();
}

}  // namespace fusionscope::image
