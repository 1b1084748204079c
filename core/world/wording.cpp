#include "core/world/wording.h"

#include <array>
#include <stdexcept>

#include "core/world/wordings.h"

namespace fusionscope::world {

namespace {

/// Reads from `at` to the end of a choice (")" or "|") or of the pattern; gives every text of that stretch.
std::vector<std::string> sequence(std::string_view pattern, std::size_t& at) {
    std::vector<std::string> texts = {""};
    while (at < pattern.size() && pattern[at] != '|' && pattern[at] != ')') {
        if (pattern[at] != '(') {
            for (auto& text : texts) text += pattern[at];
            ++at;
            continue;
        }
        std::vector<std::string> choices;
        do {
            ++at;
            for (auto& choice : sequence(pattern, at)) choices.push_back(std::move(choice));
        } while (at < pattern.size() && pattern[at] == '|');
        if (at == pattern.size()) throw std::logic_error("a choice is not closed: " + std::string(pattern));
        ++at;
        std::vector<std::string> longer;
        for (const auto& text : texts)
            for (const auto& choice : choices) longer.push_back(text + choice);
        texts = std::move(longer);
    }
    return texts;
}

struct Asked {
    std::vector<Wording> training, heldOut;
};

const Asked& asked(Kind kind) {
    static const auto all = [] {
        std::array<Asked, kindCount> made;
        for (int kind_ = 0; kind_ < kindCount; ++kind_) {
            const auto patterns = questionPatterns(static_cast<Kind>(kind_));
            auto& [training, heldOut] = made[static_cast<std::size_t>(kind_)];
            for (std::size_t i = 0; i < patterns.size(); ++i)
                for (auto& text : expansions(patterns[i]))
                    (i + 1 == patterns.size() ? heldOut : training).push_back({std::move(text), i});
        }
        return made;
    }();
    return all.at(static_cast<std::size_t>(kind));
}

}  // namespace

std::string_view nameOf(Kind kind) {
    static constexpr std::array<std::string_view, kindCount> names = {
        "describe",   "describe in detail", "existence",  "count",       "colour",    "where",       "relation", "compare",
        "category",   "scene",              "list",       "read",        "chart value", "chart most", "chart least", "chart title",
        "boxes",      "symbol",             "doubt",      "unanswerable", "off topic", "greeting", "between"};
    return names.at(static_cast<std::size_t>(kind));
}

std::vector<std::string> expansions(std::string_view pattern) {
    std::size_t at = 0;
    auto texts = sequence(pattern, at);
    if (at != pattern.size()) throw std::logic_error("a choice is not opened: " + std::string(pattern));
    return texts;
}

std::string filled(std::string_view text, const Slots& values) {
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] != '{') {
            result += text[at++];
            continue;
        }
        const auto end = text.find('}', at);
        const auto found = values.find(text.substr(at + 1, end - at - 1));
        if (found == values.end()) throw std::logic_error("a slot has no value: " + std::string(text));
        result += found->second;
        at = end + 1;
    }
    return result;
}

std::span<const Wording> wordings(Kind kind) { return asked(kind).training; }
std::span<const Wording> heldOutWordings(Kind kind) { return asked(kind).heldOut; }

std::string_view answerForm(Answer answer, const Wording& wording) {
    const auto forms = answerForms(answer);
    return forms[wording.pattern % forms.size()];
}

}  // namespace fusionscope::world
