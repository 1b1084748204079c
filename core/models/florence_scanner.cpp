#include "core/models/florence_scanner.h"

#include <algorithm>
#include <iterator>

namespace fusionscope::models {

namespace {

constexpr std::string_view locationStart = "<loc_";

bool isDigit(char c) {
    return c >= '0' && c <= '9';
}

size_t markAt(std::string_view text, size_t place) {
    for (const std::string_view mark : {"<sep>", "<poly>", "</poly>"})
        if (text.substr(place).starts_with(mark)) return mark.size();
    return 0;
}

size_t tailTokenAt(std::string_view text, size_t place, TailTokens tokens) {
    int64_t bin = 0;
    if (const size_t length = locationAt(text, place, bin)) return length;
    return tokens == TailTokens::LocationsAndPolygonMarks ? markAt(text, place) : 0;
}

/// Bytes of the white space at the beginning of a text, 0 when there is none (Unicode's set, as Python strips).
size_t spaceAt(std::string_view text) {
    if (text.empty()) return 0;
    const auto c = static_cast<unsigned char>(text[0]);
    if (c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F)) return 1;
    for (const std::string_view space :
         {"\u0085", "\u00A0", "\u1680", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000", "\u2000", "\u2001", "\u2002",
          "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200A"})
        if (text.starts_with(space)) return space.size();
    return 0;
}

std::string_view trimmedLeft(std::string_view text) {
    while (const size_t length = spaceAt(text)) text.remove_prefix(length);
    return text;
}

}  // namespace

size_t locationAt(std::string_view text, size_t place, int64_t& bin) {
    constexpr int64_t largest = 1'000'000'000;  // longer digit strings saturate
    if (!text.substr(place).starts_with(locationStart)) return 0;
    size_t end = place + locationStart.size();
    const size_t digits = end;
    bin = 0;
    for (; end < text.size() && isDigit(text[end]); ++end) bin = std::min(largest, bin * 10 + (text[end] - '0'));
    return end > digits && end < text.size() && text[end] == '>' ? end + 1 - place : 0;
}

std::vector<LocatedText> locatedTexts(std::string_view text, TailTokens tokens, size_t fewest, bool needsLead) {
    std::vector<LocatedText> found;
    size_t lead = 0;  // first character after the last '<' or the last finding
    for (size_t place = text.find('<'); place != std::string_view::npos; place = text.find('<', lead)) {
        size_t end = place, count = 0;
        for (; const size_t length = tailTokenAt(text, end, tokens); end += length) ++count;
        const bool fits = count >= fewest && (!needsLead || place > lead);
        if (fits) found.push_back({text.substr(lead, place - lead), text.substr(place, end - place), place});
        // Without a finding the search goes on right behind this '<', as the published patterns do.
        lead = fits ? end : place + 1;
    }
    return found;
}

std::vector<LocationToken> locations(std::string_view text, size_t offset) {
    std::vector<LocationToken> found;
    for (size_t place = 0; place < text.size();) {
        int64_t bin = 0;
        const size_t length = locationAt(text, place, bin);
        if (length) found.push_back({bin, offset + place});
        place += length ? length : 1;
    }
    return found;
}

std::string_view trimmed(std::string_view text) {
    text = trimmedLeft(text);
    // Every white space begins at a character boundary: look back at most three bytes for one that ends the text.
    for (bool again = true; again;) {
        again = false;
        for (size_t length = 1; length <= 3 && length <= text.size(); ++length)
            if (spaceAt(text.substr(text.size() - length)) == length) {
                text.remove_suffix(length);
                again = true;
                break;
            }
    }
    return text;
}

std::string asciiOnly(std::string_view text) {
    std::string kept;
    std::copy_if(text.begin(), text.end(), std::back_inserter(kept),
                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    return kept;
}

std::string without(std::string_view text, std::initializer_list<std::string_view> marks) {
    std::string rest(text);
    for (const auto mark : marks) {
        std::string kept;
        size_t from = 0;
        for (size_t at = rest.find(mark); at != std::string::npos; at = rest.find(mark, from)) {
            kept.append(rest, from, at - from);
            from = at + mark.size();
        }
        rest = kept.append(rest, from, std::string::npos);
    }
    return rest;
}

bool readLabel(std::string_view text, std::string_view& label) {
    const size_t end = std::min(text.find(locationStart), text.find("<poly>"));
    if (end == std::string_view::npos) return false;
    label = trimmedLeft(text.substr(0, end));
    if (label.find('\n') != std::string_view::npos) return false;
    label = trimmed(label);
    return true;
}

}  // namespace fusionscope::models
