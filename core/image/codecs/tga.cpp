#include <algorithm>
#include <array>

#include "core/files/byte_reader.h"
#include "core/files/error.h"
#include "core/image/codecs/codec.h"

namespace fusionscope::image {
namespace {

using files::ByteReader;
using Colour = std::array<std::uint8_t, 4>;

struct Header {
    int idBytes = 0, hasMap = 0, type = 0, firstEntry = 0, entries = 0, entryBits = 0, width = 0, height = 0, bits = 0,
        flags = 0;

    explicit Header(ByteReader& reader) {
        for (int* byte : {&idBytes, &hasMap, &type}) *byte = reader.read<std::uint8_t>();
        for (int* word : {&firstEntry, &entries}) *word = reader.read<std::uint16_t>();
        entryBits = reader.read<std::uint8_t>();
        reader.take(4);
        for (int* word : {&width, &height}) *word = reader.read<std::uint16_t>();
        for (int* byte : {&bits, &flags}) *byte = reader.read<std::uint8_t>();
    }
    bool packed() const { return type >= 9; }
    bool mapped() const { return type % 8 == 1; }
    bool gray() const { return type % 8 == 3; }
    bool makesSense() const {
        const auto colourDepth = [](int depth) { return depth == 15 || depth == 16 || depth == 24 || depth == 32; };
        if (hasMap > 1 || (flags & 0xC0) != 0 || width == 0 || height == 0) return false;
        if (type != 1 && type != 2 && type != 3 && type != 9 && type != 10 && type != 11) return false;
        if (hasMap == 1 && !colourDepth(entryBits)) return false;
        if (mapped()) return hasMap == 1 && bits == 8;
        return gray() ? bits == 8 || bits == 16 : colourDepth(bits);
    }
};

/// One stored colour of 15 to 32 bits, blue first.
Colour colour(std::span<const std::byte> stored) {
    const auto byte = [&](std::size_t i) { return std::to_integer<int>(stored[i]); };
    if (stored.size() > 2) {
        const int alpha = stored.size() == 4 ? byte(3) : 255;
        return {static_cast<std::uint8_t>(byte(2)), static_cast<std::uint8_t>(byte(1)),
                static_cast<std::uint8_t>(byte(0)), static_cast<std::uint8_t>(alpha)};
    }
    const int pixel = byte(0) | byte(1) << 8;
    const auto five = [&](int shift) { return static_cast<std::uint8_t>((pixel >> shift & 31) * 255 / 31); };
    return {five(10), five(5), five(0), 255};
}

}  // namespace

bool codecs::looksLikeTga(std::span<const std::byte> bytes) {
    if (bytes.size() < 18) return false;
    ByteReader reader(bytes, {});
    return Header(reader).makesSense();
}

Picture codecs::tga(const Input& input) {
    ByteReader reader(input.bytes, input.where);
    const Header header(reader);
    PictureWriter out(
        input, Format::Tga, header.width, header.height,
        header.bits == 32 || (header.mapped() && header.entryBits == 32) || (header.gray() && header.bits == 16));
    reader.take(static_cast<std::size_t>(header.idBytes));
    std::vector<Colour> map(header.mapped() ? 256 : 0, Colour{0, 0, 0, 255});
    for (int i = 0; i < (header.hasMap == 1 ? header.entries : 0); ++i) {
        const auto entry = reader.take(static_cast<std::size_t>((header.entryBits + 7) / 8));
        const auto index = static_cast<std::size_t>(header.firstEntry + i);
        if (index < map.size()) map[index] = colour(entry);
    }

    const auto next = [&]() -> Colour {
        const auto stored = reader.take(static_cast<std::size_t>((header.bits + 7) / 8));
        const auto first = std::to_integer<std::uint8_t>(stored[0]);
        if (header.mapped()) return map[first];
        if (!header.gray()) return colour(stored);
        return {first, first, first, stored.size() == 2 ? std::to_integer<std::uint8_t>(stored[1]) : std::uint8_t{255}};
    };
    std::vector<std::uint8_t> row(static_cast<std::size_t>(header.width) * 4);
    int repeats = 0, literals = 0;
    Colour pixel{};
    for (int y = 0; y < header.height; ++y) {
        for (std::size_t x = 0; x < static_cast<std::size_t>(header.width); ++x) {
            if (header.packed() && repeats == 0 && literals == 0) {
                const int packet = reader.read<std::uint8_t>();
                (packet >= 128 ? repeats : literals) = packet % 128 + 1;
                if (repeats > 0) pixel = next();
            }
            if (repeats > 0) {
                --repeats;
            } else {
                pixel = next();
                literals = std::max(0, literals - 1);
            }
            std::copy(pixel.begin(), pixel.end(), row.begin() + static_cast<std::ptrdiff_t>(4 * x));
        }
        out.appendRgba(row.data());
    }

    PictureSource& source = out.picture().source;
    source.colours = header.mapped() ? "palette" : header.gray() ? "gray" : out.hasAlpha() ? "RGB + alpha" : "RGB";
    source.bitsPerSample = !header.gray() && header.bits == 16 ? 5 : 8;
    const bool topDown = (header.flags & 0x20) != 0, rightToLeft = (header.flags & 0x10) != 0;
    source.orientation = topDown ? (rightToLeft ? 2 : 1) : (rightToLeft ? 3 : 4);
    return out.finish();
}

}  // namespace fusionscope::image
