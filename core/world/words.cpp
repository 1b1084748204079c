#include "core/world/words.h"

#include <algorithm>
#include <cctype>
#include <fstream>

#include "core/files/error.h"
#include "core/world/grammar.h"

namespace fusionscope::world {

namespace {

std::string twoDigits(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string code(Random& random) {
    std::string text;
    for (int i = random.between(2, 6); i > 0; --i)
        text += random.pick(std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"));
    return text;
}

std::string syllables(Random& random) {
    std::string text;
    for (int i = random.between(2, 3); i > 0; --i) {
        text += random.pick(std::string_view("bcdfghjklmnprstvwz"));
        text += random.pick(std::string_view("aeiou"));
    }
    if (random.chance(0.5)) text += random.pick(std::string_view("nsrlt"));
    return text;
}

std::string inSomeCase(Random& random, const std::string& word) {
    const std::size_t kind = random.weighted({0.45, 0.35, 0.2});
    return kind == 0 ? inCapitals(word) : kind == 1 ? capitalised(word) : word;
}

}  // namespace

std::string inCapitals(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
    return text;
}

Words Words::read(const std::filesystem::path& file) {
    std::ifstream in(file);
    Words words;
    for (std::string line; std::getline(in, line);)
        if (!line.empty() && line[0] != '#') words.m_all.push_back(line);
    if (words.m_all.empty()) throw Error("there are no words", file.string());
    return words;
}

std::string Words::word(Random& random, Split split) const {
    // The held-out fifth is all that the split of words may use, so that its text is wholly new.
    while (true) {
        const std::string& word = random.pick(m_all);
        if (isHeldOutWord(word) == (split == Split::Words)) return word;
    }
}

std::string Words::token(Random& random, Split split) const {
    if (split == Split::Words) return inSomeCase(random, word(random, split));
    while (true) {
        std::string text;
        switch (random.weighted({0.62, 0.12, 0.08, 0.05, 0.07, 0.06})) {
            case 0: text = inSomeCase(random, word(random, split)); break;
            case 1: text = code(random); break;
            case 2: text = inSomeCase(random, syllables(random)); break;
            case 3:
                text = std::to_string(random.between(1, 12)) + ":";
                text += twoDigits(random.below(60));
                break;
            case 4:
                text = "$" + std::to_string(random.between(1, 99)) + ".";
                text += twoDigits(random.below(100));
                break;
            default: text = std::to_string(random.below(random.chance(0.5) ? 100 : 10000));
        }
        if (!isHeldOutWord(text)) return text;
    }
}

std::string Words::line(Random& random, Split split, int most, int letters) const {
    std::string text;
    for (int left = random.between(1, most); left > 0; --left) {
        const std::string next = token(random, split);
        if (!text.empty() && text.size() + 1 + next.size() > static_cast<std::size_t>(letters)) break;
        text += (text.empty() ? "" : " ") + next;
    }
    return text;
}

}  // namespace fusionscope::world
