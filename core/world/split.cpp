#include "core/world/split.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "core/files/error.h"
#include "core/world/random.h"

namespace fusionscope::world {

std::string_view nameOf(Split split) {
    static constexpr std::array<std::string_view, splits.size()> names = {"train", "test",   "style",   "fonts", "words",
                                                                         "pairs", "photos", "fashion", "digits"};
    return names.at(static_cast<std::size_t>(split));
}

Split splitNamed(std::string_view name) {
    for (const Split split : splits)
        if (nameOf(split) == name) return split;
    throw Error("there is no such split of the visual world", std::string(name),
                "Choose train, test, style, fonts, words, pairs, photos, fashion or digits.");
}

uint64_t layoutSeed(Split split, uint64_t seed, uint64_t index) {
    const uint64_t place = mixed(mixed(seed, index), static_cast<uint64_t>(split)) >> 1;
    return split == Split::Train ? place : place | uint64_t{1} << 63;
}

bool isHeldOutPair(std::string_view thing, Colour colour) {
    return mixed(hashOf(thing), hashOf(nameOf(colour))) % 100 < 15;
}

bool isHeldOutWord(std::string_view word) {
    static constexpr std::array<std::string_view, 24> common = {
        "mon", "tue", "wed", "thu", "fri", "sat", "sun", "jan", "feb", "mar", "apr",   "may",
        "jun", "jul", "aug", "sep", "oct", "nov", "dec", "pm",  "am",  "the", "total", "stop"};
    std::string letters;
    for (const char c : word)
        if (std::isalpha(static_cast<unsigned char>(c)))
            letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (letters.size() < 3 || std::find(common.begin(), common.end(), letters) != common.end()) return false;
    return hashOf(letters) % 5 == 0;
}

}  // namespace fusionscope::world
