#include "core/world/grammar.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace fusionscope::world {

namespace {

bool isVowel(char c) { return std::string_view("aeiouAEIOU").find(c) != std::string_view::npos; }

bool startsWithVowelSound(std::string_view phrase) {
    if (phrase.empty()) return false;
    std::string word(phrase.substr(0, phrase.find(' ')));
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
    // Words whose sound differs from their first letter.
    for (const std::string_view silent : {"hour", "honest", "heir"})
        if (word.starts_with(silent)) return true;
    for (const std::string_view consonant : {"unicorn", "uni", "use", "one", "euro", "ukulele"})
        if (word.starts_with(consonant)) return false;
    if (std::isdigit(static_cast<unsigned char>(word[0]))) return word[0] == '8' || word == "11" || word == "18";
    return isVowel(word[0]);
}

}  // namespace

std::string withArticle(std::string_view phrase) {
    return (startsWithVowelSound(phrase) ? "an " : "a ") + std::string(phrase);
}

std::string pluralOf(std::string_view phrase) {
    std::string text(phrase);
    const auto endsWith = [&](std::string_view end) { return text.ends_with(end); };
    const std::size_t n = text.size();
    if (n >= 2 && endsWith("y") && !isVowel(text[n - 2])) return text.substr(0, n - 1) + "ies";
    if (endsWith("s") || endsWith("x") || endsWith("z") || endsWith("ch") || endsWith("sh")) return text + "es";
    return text + "s";
}

std::string capitalised(std::string_view text) {
    std::string result(text);
    if (!result.empty()) result[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(result[0])));
    return result;
}

std::string joined(std::span<const std::string> items, std::string_view last) {
    std::string text;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) text += i + 1 == items.size() ? " " + std::string(last) + " " : ", ";
        text += items[i];
    }
    return text;
}

std::string_view isOrAre(int count) { return count == 1 ? "is" : "are"; }

}  // namespace fusionscope::world
