#include "core/text/byte_level.h"

#include <array>

#include "core/text/utf8.h"

namespace fusionscope::text {

namespace {

struct Table {
    std::array<std::string, 256> spelling;
    std::array<int, 0x144> byte;  ///< by code point, −1 where none

    Table() {
        byte.fill(-1);
        char32_t next = 0x100;
        for (int value = 0; value < 256; ++value) {
            const bool printable =
                (value >= 33 && value <= 126) || (value >= 161 && value <= 172) || value >= 174;
            const char32_t point = printable ? static_cast<char32_t>(value) : next++;
            appendCodePoint(spelling[static_cast<std::size_t>(value)], point);
            byte[point] = value;
        }
    }
};

const Table& table() {
    static const Table instance;
    return instance;
}

constexpr std::string_view hexDigits = "0123456789ABCDEF";

}  // namespace

std::string_view byteSpelling(unsigned char byte) { return table().spelling[byte]; }

void appendSpelled(std::string& out, std::string_view bytes) {
    const auto& spelling = table().spelling;
    for (const char byte : bytes) out += spelling[static_cast<unsigned char>(byte)];
}

std::optional<std::string> spelledBytes(std::string_view token) {
    const auto& bytes = table().byte;
    std::string out;
    for (std::size_t i = 0; i < token.size();) {
        const CodePoint point = readCodePoint(token, i);
        if (!point.valid || point.value >= bytes.size() || bytes[point.value] < 0) return std::nullopt;
        out += static_cast<char>(bytes[point.value]);
        i += point.size;
    }
    return out;
}

std::optional<unsigned char> fallbackByte(std::string_view token) {
    if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return std::nullopt;
    const auto high = hexDigits.find(token[3]), low = hexDigits.find(token[4]);
    if (high == hexDigits.npos || low == hexDigits.npos) return std::nullopt;
    return static_cast<unsigned char>(high * 16 + low);
}

std::string fallbackToken(unsigned char byte) {
    return std::string("<0x") + hexDigits[byte >> 4] + hexDigits[byte & 15] + '>';
}

}  // namespace fusionscope::text
