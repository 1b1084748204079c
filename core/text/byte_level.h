#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fusionscope::text {

/// The printable characters in which byte-level vocabularies spell bytes (GPT-2): bytes that are printable Latin-1 stand
/// for themselves, the other 68 take U+0100 and up in order.
std::string_view byteSpelling(unsigned char byte);

/// Appends the spelling of every byte.
void appendSpelled(std::string& out, std::string_view bytes);

/// The bytes of a token in that spelling; nothing when a character of it spells no byte.
std::optional<std::string> spelledBytes(std::string_view token);

/// The byte that a token `<0x0A>` of a byte-fallback vocabulary stands for.
std::optional<unsigned char> fallbackByte(std::string_view token);
/// The token that stands for the byte, upper-case.
std::string fallbackToken(unsigned char byte);

}  // namespace fusionscope::text
