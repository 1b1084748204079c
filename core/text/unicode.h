#pragma once

#include <string>
#include <string_view>

namespace fusionscope::text {

/// Properties of code points as the reference tokenizers use them.
bool isWhitespace(char32_t point);  ///< Unicode White_Space
bool isNumber(char32_t point);      ///< general category N (Nd, Nl, No)
bool isWord(char32_t point);        ///< what regular expressions call \w

/// What Python's str.strip() removes: White_Space and the separators U+001C to U+001F.
bool isPythonSpace(char32_t point);

/// Text without the leading, the trailing characters for which `property` holds. The text is valid UTF-8.
std::string_view stripLeft(std::string_view text, bool (*property)(char32_t));
std::string_view stripRight(std::string_view text, bool (*property)(char32_t));

/// The code point that ends at `end`, and the one that starts at `begin`; 0 at the ends of the text.
char32_t pointBefore(std::string_view text, std::size_t end);
char32_t pointAfter(std::string_view text, std::size_t begin);

enum class NormalForm { NFC, NFD, NFKC, NFKD };

/// Unicode normalisation of valid UTF-8.
std::string normalised(std::string_view text, NormalForm form);

}  // namespace fusionscope::text
