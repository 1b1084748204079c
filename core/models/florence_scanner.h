#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace fusionscope::models {

/// One location token of a generated text.
struct LocationToken {
    int64_t bin = 0;
    size_t offset = 0;  ///< where it begins in the text
};

/// A piece of generated text that ends in location tokens.
struct LocatedText {
    std::string_view lead;  ///< what stands before the tokens
    std::string_view tail;  ///< the tokens
    size_t offset = 0;      ///< of the tail in the text
};

/// Which tokens may make up the tail.
enum class TailTokens { Locations, LocationsAndPolygonMarks };

/// All maximal runs of at least `fewest` tail tokens. With `needsLead`, only those with one or more characters other
/// than '<' straight before them, as many as there are, which are the lead.
std::vector<LocatedText> locatedTexts(std::string_view text, TailTokens tokens, size_t fewest, bool needsLead);

/// The length of the location token at a place, 0 when there is none; its bin goes to `bin`.
size_t locationAt(std::string_view text, size_t place, int64_t& bin);

/// All location tokens of a text that holds nothing else, or other marks between them. @param offset added to theirs
std::vector<LocationToken> locations(std::string_view text, size_t offset);

/// Without white space (Unicode's) at both ends.
std::string_view trimmed(std::string_view text);
/// Without all characters beyond ASCII.
std::string asciiOnly(std::string_view text);
/// Without every occurrence of each of the marks, one mark after the other.
std::string without(std::string_view text, std::initializer_list<std::string_view> marks);
/// The label in front of the first location or polygon mark, trimmed. False when a line break lies inside it, which the
/// published patterns do not cross, or when nothing ends it.
bool readLabel(std::string_view text, std::string_view& label);

}  // namespace fusionscope::models
