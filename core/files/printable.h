#pragma once

#include <string>
#include <string_view>

namespace fusionscope::files {

/// Whether the bytes are well-formed UTF-8 (no surrogates, no overlong forms, nothing above U+10FFFF).
bool isUtf8(std::string_view text);

/// Text out of a file as it can stand in a message: control characters and bytes that are no UTF-8 escaped, cut after
/// `limit` bytes.
std::string printable(std::string_view text, std::size_t limit = 120);
/// The same in quotes.
std::string inQuotes(std::string_view text);

}  // namespace fusionscope::files
