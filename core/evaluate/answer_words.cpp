#include "core/evaluate/answer_words.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace fusionscope::evaluate {

namespace {

bool isLetter(char c) { return std::isalpha(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80; }
bool isDigit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

/// Curly quotes and apostrophes as straight ones.
std::string straightened(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto sign = text.substr(i, 3);
        const bool apostrophe = sign == "\u2019" || sign == "\u2018", quote = sign == "\u201c" || sign == "\u201d";
        result += apostrophe ? '\'' : quote ? '"' : text[i];
        if (apostrophe || quote) i += 2;
    }
    return result;
}

std::string american(std::string word) {
    static constexpr std::array<std::array<std::string_view, 2>, 5> spellings = {
        {{"grey", "gray"}, {"colour", "color"}, {"colours", "colors"}, {"coloured", "colored"}, {"centre", "center"}}};
    for (const auto& [british, other] : spellings)
        if (word == british) return std::string(other);
    return word;
}

}  // namespace

Words wordsIn(std::string_view raw) {
    const std::string text = straightened(raw);
    Words words;
    std::string word;
    const auto end = [&] {
        if (!word.empty()) words.push_back(american(std::move(word)));
        word.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const char before = i > 0 ? text[i - 1] : ' ', after = i + 1 < text.size() ? text[i + 1] : ' ';
        const bool joins = (c == '\'' && isLetter(before) && isLetter(after)) ||
                           ((c == '.' || c == ',' || c == ':') && isDigit(before) && isDigit(after));
        if (isLetter(c) || isDigit(c) || joins)
            word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        else
            end();
    }
    end();
    return words;
}

std::size_t find(const Words& words, const Words& part, std::size_t from) {
    if (part.empty() || from > words.size()) return nowhere;
    const auto found = std::search(words.begin() + static_cast<std::ptrdiff_t>(from), words.end(), part.begin(), part.end());
    return found == words.end() ? nowhere : static_cast<std::size_t>(found - words.begin());
}

bool contains(const Words& words, std::string_view part) { return find(words, wordsIn(part)) != nowhere; }

bool containsAny(const Words& words, std::span<const std::string_view> parts) {
    return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return contains(words, part); });
}

void replaceAll(Words& words, const Words& part, const std::string& by) {
    for (std::size_t at = find(words, part); at != nowhere; at = find(words, part, at + 1)) {
        const auto begin = words.begin() + static_cast<std::ptrdiff_t>(at);
        *begin = by;
        words.erase(begin + 1, begin + static_cast<std::ptrdiff_t>(part.size()));
    }
}

std::optional<int> numberOf(const std::string& word) {
    static constexpr std::array<std::string_view, 21> names = {
        "zero",  "one",    "two",    "three",    "four",     "five",    "six",     "seven",     "eight",    "nine",  "ten",
        "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"};
    if (const auto found = std::find(names.begin(), names.end(), word); found != names.end())
        return static_cast<int>(found - names.begin());
    const bool digits = !word.empty() && word.size() < 9 && std::all_of(word.begin(), word.end(), isDigit);
    return digits ? std::optional(std::stoi(word)) : std::nullopt;
}

std::vector<std::string> quotedIn(std::string_view raw) {
    const std::string text = straightened(raw);
    std::vector<std::string> quoted;
    for (auto open = text.find('"'); open != std::string::npos;) {
        const auto close = text.find('"', open + 1);
        if (close == std::string::npos) break;
        quoted.push_back(text.substr(open + 1, close - open - 1));
        open = text.find('"', close + 1);
    }
    return quoted;
}

std::string withoutQuoted(std::string_view raw) {
    const std::string text = straightened(raw);
    std::string rest;
    bool inside = false;
    for (const char c : text) {
        if (c == '"') {
            inside = !inside;
            rest += ' ';
        } else if (!inside) {
            rest += c;
        }
    }
    return rest;
}

}  // namespace fusionscope::evaluate
