#include "core/world/vocabulary.h"

#include <algorithm>
#include <cstdlib>

namespace fusionscope::world {

namespace {

template <class Enum, std::size_t N>
std::string_view lookUp(const std::array<std::string_view, N>& names, Enum value) {
    return names.at(static_cast<std::size_t>(value));
}

}  // namespace

std::string_view nameOf(Colour colour) {
    static constexpr std::array<std::string_view, 12> names = {"",     "red",    "orange", "yellow", "green", "blue",
                                                               "purple", "pink", "brown",  "black",  "white", "gray"};
    return lookUp(names, colour);
}

uint32_t rgbOf(Colour colour) {
    static constexpr std::array<uint32_t, 12> values = {0x000000, 0xd92626, 0xf58a1c, 0xf4d224, 0x2f9e44, 0x2450d8,
                                                        0x8a3cb8, 0xf585b6, 0x81502a, 0x1a1a1c, 0xfafafa, 0x828286};
    return values.at(static_cast<std::size_t>(colour));
}

int distance(uint32_t a, uint32_t b) {
    int sum = 0;
    for (const int shift : {0, 8, 16})
        sum += std::abs(static_cast<int>((a >> shift) & 255) - static_cast<int>((b >> shift) & 255));
    return sum;
}

std::string_view nameOf(Shape shape) {
    static constexpr std::array<std::string_view, shapeCount> names = {"circle",  "square",  "triangle", "star",
                                                                       "diamond", "hexagon", "cross",    "crescent"};
    return lookUp(names, shape);
}

std::string_view nameOf(Fill fill) {
    static constexpr std::array<std::string_view, 3> names = {"solid", "striped", "dotted"};
    return lookUp(names, fill);
}

bool isOutdoors(Place place) {
    return std::find(outdoorPlaces.begin(), outdoorPlaces.end(), place) != outdoorPlaces.end();
}

std::string_view nameOf(Place place) {
    static constexpr std::array<std::string_view, 12> names = {
        "a plain background", "a blurry background", "a wooden table", "a room",   "a meadow",    "a beach",
        "the sea",            "a street",            "a snowy field",  "a desert", "a mountain landscape", "a park"};
    return lookUp(names, place);
}

std::string_view inPlace(Place place) {
    static constexpr std::array<std::string_view, 12> names = {
        "on a plain background", "on a blurry background", "on a wooden table", "in a room",   "on a meadow",
        "on a beach",            "at the sea",             "on a street",       "on a snowy field", "in a desert",
        "in the mountains",      "in a park"};
    return lookUp(names, place);
}

std::string numberWord(int number) {
    static constexpr std::array<std::string_view, 13> words = {"zero", "one",   "two",   "three", "four",   "five",  "six",
                                                               "seven", "eight", "nine", "ten",   "eleven", "twelve"};
    return number >= 0 && number < static_cast<int>(words.size()) ? std::string(words[static_cast<std::size_t>(number)])
                                                                  : std::to_string(number);
}

}  // namespace fusionscope::world
