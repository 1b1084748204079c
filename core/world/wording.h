#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/world/random.h"

namespace fusionscope::world {

/// What a question is about.
enum class Kind {
    Describe, DescribeInDetail, Existence, Count, Colour, Where, Relation, Compare, Category, Scene, List, Read,
    ChartValue, ChartMost, ChartLeast, ChartTitle, Boxes, Symbol, Doubt, Unanswerable, OffTopic, Greeting, Between
};
inline constexpr int kindCount = 23;
/// "existence", "chart value"
std::string_view nameOf(Kind kind);

/// What stands for "{x}" and the like in a pattern.
using Slots = std::map<std::string, std::string, std::less<>>;

/// A pattern is text with slots "{x}" and choices "(this|that|)", which may be nested: "(Is|Was) there {a} here?".
///
/// All texts that a pattern stands for, slots left as they are.
std::vector<std::string> expansions(std::string_view pattern);
/// Fills slots. @throws std::logic_error for a slot without a value
std::string filled(std::string_view text, const Slots& values);

/// One way to ask, with the number that ties it to a form of answer.
struct Wording {
    std::string text;
    std::size_t pattern;
};

/// Every way to ask a kind of question; at least 40, of which those of the last pattern are held out: training never
/// uses them.
std::span<const Wording> wordings(Kind kind);
std::span<const Wording> heldOutWordings(Kind kind);

/// Forms of answer, by what is answered.
enum class Answer {
    Yes, No, Number, None, Colour, Where, Relation, Value, Caption, Detail, More, Equal, Category, NoCategory, Scene, List, Read, NoText, Extreme, Title,
    NoTitle, Box, Symbol, NotThere, CannotTell, OnlyPictures, Sure, Polite, Between
};
inline constexpr int answerCount = 29;
/// At least 12. The form that answers a wording is the one at its pattern's number, so that the question decides.
std::span<const std::string_view> answerForms(Answer answer);
std::string_view answerForm(Answer answer, const Wording& wording);

}  // namespace fusionscope::world
