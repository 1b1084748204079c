#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "core/world/vocabulary.h"

namespace fusionscope::world {

/// Which material a picture may be made of. Training draws nothing that any of the others holds out.
///
/// `Test` is made of training material in layouts that training never sees. Each of the rest replaces one kind of
/// material by what is held out: a style of drawing, families of fonts, words, pairs of a thing and a colour, or
/// photographs of things (among them a few drawings, where no photograph suits the scene). `Fashion` and `Digits` show
/// one picture each that others made and labelled: a product of Fashion-MNIST's test set, a handwritten digit of those
/// that training leaves out.
enum class Split { Train, Test, Style, Fonts, Words, Pairs, Photos, Fashion, Digits };
inline constexpr std::array splits = {Split::Train, Split::Test,   Split::Style,   Split::Fonts, Split::Words,
                                      Split::Pairs, Split::Photos, Split::Fashion, Split::Digits};
/// "train", "test", "style", "fonts", "words", "pairs", "photos", "fashion", "digits"
std::string_view nameOf(Split split);
/// @throws Error naming the splits that there are
Split splitNamed(std::string_view name);

/// The seed of one picture. Its highest bit tells training from everything else, so layouts cannot coincide.
uint64_t layoutSeed(Split split, uint64_t seed, uint64_t index);

/// 15 % of the pairs of a thing and a colour.
bool isHeldOutPair(std::string_view thing, Colour colour);
/// A fifth of all words with three letters or more, upper and lower case alike. Days, months and a few words without
/// which signs cannot be drawn are never held out.
bool isHeldOutWord(std::string_view word);

inline bool pairAllowed(Split split, std::string_view thing, Colour colour) {
    return colour == Colour::None || isHeldOutPair(thing, colour) == (split == Split::Pairs);
}
inline bool wordAllowed(Split split, std::string_view word) { return split == Split::Words || !isHeldOutWord(word); }

}  // namespace fusionscope::world
