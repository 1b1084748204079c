#include "core/text/utf8.h"

#include <algorithm>

namespace fusionscope::text {

namespace {

unsigned char byteAt(std::string_view text, std::size_t position) { return static_cast<unsigned char>(text[position]); }

/// What may follow a lead byte: how many continuation bytes, and the bounds of the first of them (which keep out
/// overlong forms, surrogates and values above U+10FFFF). `continuations` is 0 for a byte that starts nothing.
struct Lead {
    std::size_t continuations = 0;
    unsigned char least = 0x80;
    unsigned char most = 0xBF;
};

Lead leadOf(unsigned char byte) {
    if (byte >= 0xC2 && byte <= 0xDF) return {1};
    if (byte == 0xE0) return {2, 0xA0, 0xBF};
    if (byte == 0xED) return {2, 0x80, 0x9F};
    if (byte >= 0xE1 && byte <= 0xEF) return {2};
    if (byte == 0xF0) return {3, 0x90, 0xBF};
    if (byte >= 0xF1 && byte <= 0xF3) return {3};
    if (byte == 0xF4) return {3, 0x80, 0x8F};
    return {};
}

}  // namespace

CodePoint readCodePoint(std::string_view text, std::size_t position) {
    if (position >= text.size()) return {};
    const unsigned char first = byteAt(text, position);
    if (first < 0x80) return {first, 1};
    const Lead lead = leadOf(first);
    if (lead.continuations == 0) return {0xFFFD, 1, false};

    char32_t value = first & (0x3Fu >> lead.continuations);
    for (std::size_t i = 1; i <= lead.continuations; ++i) {
        if (position + i >= text.size()) return {0xFFFD, i, false, true};
        const unsigned char byte = byteAt(text, position + i);
        const bool fits = i == 1 ? byte >= lead.least && byte <= lead.most : (byte & 0xC0) == 0x80;
        if (!fits) return {0xFFFD, i, false};
        value = (value << 6) | (byte & 0x3Fu);
    }
    return {value, lead.continuations + 1};
}

void appendCodePoint(std::string& out, char32_t value) {
    if ((value >= 0xD800 && value <= 0xDFFF) || value > 0x10FFFF) value = 0xFFFD;
    const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
    if (value < 0x80) return put(value);
    if (value < 0x800) {
        put(0xC0 | (value >> 6));
    } else {
        if (value < 0x10000) {
            put(0xE0 | (value >> 12));
        } else {
            put(0xF0 | (value >> 18));
            put(0x80 | ((value >> 12) & 0x3F));
        }
        put(0x80 | ((value >> 6) & 0x3F));
    }
    put(0x80 | (value & 0x3F));
}

bool isValidUtf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const CodePoint point = readCodePoint(text, i);
        if (!point.valid) return false;
        i += point.size;
    }
    return true;
}

namespace {

std::string validUtf8(std::string_view text, bool perByte) {
    std::string valid;
    valid.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const CodePoint point = readCodePoint(text, i);
        if (point.valid) {
            valid += text.substr(i, point.size);
        } else {
            for (std::size_t count = perByte ? point.size : 1; count > 0; --count) valid += replacementCharacter;
        }
        i += point.size;
    }
    return valid;
}

}  // namespace

std::string toValidUtf8(std::string_view text) { return validUtf8(text, false); }

std::string toValidUtf8PerByte(std::string_view text) { return validUtf8(text, true); }

std::string fromUtf16(std::u16string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char32_t value = text[i];
        const bool high = value >= 0xD800 && value <= 0xDBFF;
        if (high && i + 1 < text.size() && text[i + 1] >= 0xDC00 && text[i + 1] <= 0xDFFF)
            value = 0x10000 + ((value - 0xD800) << 10) + (text[++i] - 0xDC00u);
        appendCodePoint(out, value);
    }
    return out;
}

std::size_t completePrefix(std::string_view text) {
    // A lead byte is never inside another character, so the last one decides.
    for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
        const std::size_t position = text.size() - back;
        if ((byteAt(text, position) & 0xC0) == 0x80) continue;
        return readCodePoint(text, position).incomplete ? position : text.size();
    }
    return text.size();
}

}  // namespace fusionscope::text
