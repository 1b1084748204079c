#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Texts as words, so that nothing is ever found inside another word: "three" is not in "thirteen", "cat" not in "category".
namespace fusionscope::evaluate {

using Words = std::vector<std::string>;

inline constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

/// The words of a text in lower case. A word is made of letters, digits and apostrophes; numbers keep the points, commas
/// and colons between their digits ("3.5", "3:15"). British spellings of colour words become American.
Words wordsIn(std::string_view text);
/// Index of the first occurrence of these words in a row; `nowhere` when there is none or `part` is empty.
std::size_t find(const Words& words, const Words& part, std::size_t from = 0);
bool contains(const Words& words, std::string_view part);
bool containsAny(const Words& words, std::span<const std::string_view> parts);
/// Puts one word in the place of every occurrence of `part`.
void replaceAll(Words& words, const Words& part, const std::string& by);
/// The number that a word stands for: "7", "seven"; 0 to 20 in words. Nothing for "3.5", "3:15" or any other word.
std::optional<int> numberOf(const std::string& word);
/// What stands in double quotes, straight or curly, in order.
std::vector<std::string> quotedIn(std::string_view text);
/// The text without that, quotes included.
std::string withoutQuoted(std::string_view text);

}  // namespace fusionscope::evaluate
