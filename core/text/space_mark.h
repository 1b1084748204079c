#pragma once

#include <string_view>

namespace fusionscope::text {

/// How SentencePiece spells a space inside its pieces.
inline constexpr std::string_view spaceMark = "\u2581";

/// Where the word that begins at `begin` ends: before the next mark that follows another character, or at the end.
inline std::size_t wordEnd(std::string_view text, std::size_t begin) {
    for (std::size_t at = text.find(spaceMark, begin); at != text.npos; at = text.find(spaceMark, at + spaceMark.size())) {
        if (at > begin && !text.substr(0, at).ends_with(spaceMark)) return at;
    }
    return text.size();
}

}  // namespace fusionscope::text
