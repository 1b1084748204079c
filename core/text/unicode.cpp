#include "core/text/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <memory>
#include <new>

#include "core/text/utf8.h"

namespace fusionscope::text {

namespace {

utf8proc_category_t categoryOf(char32_t point) { return utf8proc_category(static_cast<utf8proc_int32_t>(point)); }

std::size_t startOfLast(std::string_view text) {
    std::size_t start = text.size() - 1;
    while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80) --start;
    return start;
}

}  // namespace

bool isWhitespace(char32_t point) {
    if (point < 0x80) return point == ' ' || (point >= '\t' && point <= '\r');
    if (point == 0x85) return true;
    const auto category = categoryOf(point);
    return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

bool isPythonSpace(char32_t point) { return isWhitespace(point) || (point >= 0x1C && point <= 0x1F); }

bool isNumber(char32_t point) {
    if (point < 0x80) return point >= '0' && point <= '9';
    const auto category = categoryOf(point);
    return category == UTF8PROC_CATEGORY_ND || category == UTF8PROC_CATEGORY_NL || category == UTF8PROC_CATEGORY_NO;
}

bool isWord(char32_t point) {
    switch (categoryOf(point)) {
        case UTF8PROC_CATEGORY_LU:
        case UTF8PROC_CATEGORY_LL:
        case UTF8PROC_CATEGORY_LT:
        case UTF8PROC_CATEGORY_LM:
        case UTF8PROC_CATEGORY_LO:
        case UTF8PROC_CATEGORY_MN:
        case UTF8PROC_CATEGORY_MC:
        case UTF8PROC_CATEGORY_ME:
        case UTF8PROC_CATEGORY_ND:
        case UTF8PROC_CATEGORY_NL:
        case UTF8PROC_CATEGORY_PC:
            return true;
        default:
            // Join controls, and the letter-like symbols that count as alphabetic.
            return point == 0x200C || point == 0x200D || (point >= 0x24B6 && point <= 0x24E9) ||
                   (point >= 0x1F130 && point <= 0x1F149) || (point >= 0x1F150 && point <= 0x1F169) ||
                   (point >= 0x1F170 && point <= 0x1F189);
    }
}

std::string_view stripLeft(std::string_view text, bool (*property)(char32_t)) {
    while (!text.empty()) {
        const CodePoint point = readCodePoint(text, 0);
        if (!property(point.value)) break;
        text.remove_prefix(point.size);
    }
    return text;
}

std::string_view stripRight(std::string_view text, bool (*property)(char32_t)) {
    while (!text.empty()) {
        const std::size_t start = startOfLast(text);
        if (!property(readCodePoint(text, start).value)) break;
        text = text.substr(0, start);
    }
    return text;
}

char32_t pointBefore(std::string_view text, std::size_t end) {
    if (end == 0) return 0;
    return readCodePoint(text, startOfLast(text.substr(0, end))).value;
}

char32_t pointAfter(std::string_view text, std::size_t begin) { return readCodePoint(text, begin).value; }

std::string normalised(std::string_view text, NormalForm form) {
    if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }))
        return std::string(text);
    const bool compose = form == NormalForm::NFC || form == NormalForm::NFKC;
    const bool compatible = form == NormalForm::NFKC || form == NormalForm::NFKD;
    const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE |
                                                        (compose ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE) |
                                                        (compatible ? UTF8PROC_COMPAT : 0));
    utf8proc_uint8_t* result = nullptr;
    const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()), &result, options);
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(result, &std::free);
    // Valid UTF-8 leaves running out of memory as the only way to fail.
    if (size < 0) throw std::bad_alloc();
    return {reinterpret_cast<const char*>(result), static_cast<std::size_t>(size)};
}

}  // namespace fusionscope::text
