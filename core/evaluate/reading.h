#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/evaluate/share.h"
#include "core/world/scene.h"

namespace fusionscope::evaluate {

/// Groups of text by the height of a capital letter in the picture.
struct LetterHeights {
    std::string_view name;
    double least, most;  ///< pixels, [least, most)
};
inline constexpr std::array<LetterHeights, 5> letterHeights = {{{"under 9 px", 0, 9},
                                                                {"9 to 13 px", 9, 14},
                                                                {"14 to 19 px", 14, 20},
                                                                {"20 to 29 px", 20, 30},
                                                                {"30 px and more", 30, 1e9}}};

/// How much of the text in pictures was read. Upper and lower case differ; spaces do not count.
struct Reading {
    /// Of the words (characters) that are written, how many are in what was read, in order: the most that one alignment
    /// finds. By letter height.
    std::array<Share, letterHeights.size()> words, characters;
    /// Of the words that were read, how many are there: what is made up lowers this.
    Share answered;
    int64_t edits = 0;  ///< least insertions, deletions and changes of characters that mend what was read

    /// @param read what was read, in reading order, lines parted by white space
    void add(const std::vector<world::TextLine>& lines, std::string_view read);
    /// Words of letters at least so high.
    Share wordsFrom(double height) const;
};

nlohmann::json toJson(const Reading& reading);

}  // namespace fusionscope::evaluate
