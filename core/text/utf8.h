#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fusionscope::text {

/// U+FFFD, what stands for bytes that are no UTF-8.
inline constexpr std::string_view replacementCharacter = "\xEF\xBF\xBD";

/// One code point read from a string, or one maximal invalid subpart.
struct CodePoint {
    char32_t value = 0;    ///< U+FFFD when the bytes are invalid
    std::size_t size = 0;  ///< bytes taken, 1 to 4; 0 only at the end of the string
    bool valid = true;
    bool incomplete = false;  ///< the string ends inside a character that could still become valid
};

/// Reads the code point that starts at `position`. Invalid input gives the maximal subpart of an ill-formed sequence
/// (Unicode 14, section 3.9, table 3-8), so each such subpart is one U+FFFD. Surrogates and overlong forms are invalid.
CodePoint readCodePoint(std::string_view text, std::size_t position);

/// Appends `value` in UTF-8; surrogates and values above U+10FFFF are written as U+FFFD.
void appendCodePoint(std::string& out, char32_t value);

bool isValidUtf8(std::string_view text);

/// The text with every maximal invalid subpart (lone surrogates included) replaced by U+FFFD. NUL is an ordinary
/// character and stays.
std::string toValidUtf8(std::string_view text);

/// The same with one U+FFFD for every byte that is part of no character, as byte-fallback vocabularies are decoded.
std::string toValidUtf8PerByte(std::string_view text);

/// UTF-16 to UTF-8; each lone surrogate becomes U+FFFD.
std::string fromUtf16(std::u16string_view text);

/// Number of bytes at the front of `text` that form whole characters or bytes that can never become valid; what
/// follows (at most 3 bytes) is the beginning of a character that is not there yet.
std::size_t completePrefix(std::string_view text);

}  // namespace fusionscope::text
