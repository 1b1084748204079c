#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// English as far as captions and answers need it.
namespace fusionscope::world {

/// "a dog", "an apple", "an hourglass", "a unicorn".
std::string withArticle(std::string_view phrase);
/// The regular plural of a phrase's last word: "dogs", "boxes", "berries", "pine trees".
std::string pluralOf(std::string_view phrase);
/// "Dog" from "dog".
std::string capitalised(std::string_view text);
/// "a", "a and b", "a, b and c"; empty for none.
std::string joined(std::span<const std::string> items, std::string_view last = "and");
/// "is" for one, "are" for any other number.
std::string_view isOrAre(int count);

}  // namespace fusionscope::world
