#include "core/evaluate/mentions.h"

#include <algorithm>

#include "core/files/error.h"
#include "core/world/grammar.h"
#include "core/world/outlines.h"
#include "core/world/regions.h"
#include "core/world/sheets.h"
#include "core/world/things.h"

namespace fusionscope::evaluate {

namespace {

bool isLook(const std::string& word) {
    const auto named = [&](const auto& items) {
        return std::any_of(items.begin(), items.end(), [&](auto item) { return world::nameOf(item) == word; });
    };
    return named(world::colours) || named(std::array{world::Fill::Striped, world::Fill::Dotted});
}

/// Names that are no nouns of drawings.
std::vector<std::string> otherNames() {
    std::vector<std::string> names = {"die", "clock", "digit", "flag", "sign", "note", "receipt", "label", "poster", "bar", "desk", "shelf", "playing card"};
    for (const auto name : world::productNames) names.emplace_back(name);
    for (int i = 0; i < world::shapeCount; ++i) names.emplace_back(world::nameOf(static_cast<world::Shape>(i)));
    for (const auto name : world::signNames()) names.emplace_back(name);
    return names;
}

}  // namespace

Vocabulary::Vocabulary(const world::Nouns& nouns) : m_nouns(nouns) {
    const auto add = [&](const std::string& noun, const std::string& name, bool plural) {
        Words words = wordsIn(name);
        auto& names = m_byFirstWord[words.front()];
        names.push_back({std::move(words), noun, plural});
    };
    for (const auto& noun : nouns.all()) {
        add(noun.name, noun.name, false);
        if (noun.plural != noun.name) add(noun.name, noun.plural, true);
    }
    for (const auto& name : otherNames()) {
        add(name, name, false);
        add(name, world::pluralOfNoun(nouns, name), true);
    }
    // "The queen of hearts" is a card and shows no hearts.
    for (const auto rank : world::rankNames())
        for (const auto suit : world::suitNames()) add("playing card", concat(rank, " of ", suit), false);
    for (auto& [first, names] : m_byFirstWord)
        std::stable_sort(names.begin(), names.end(), [](const Name& a, const Name& b) { return a.words.size() > b.words.size(); });
}

const Vocabulary::Name* Vocabulary::nameAt(const Words& words, std::size_t at) const {
    const auto found = m_byFirstWord.find(words[at]);
    if (found == m_byFirstWord.end()) return nullptr;
    for (const Name& name : found->second)
        if (at + name.words.size() <= words.size() &&
            std::equal(name.words.begin(), name.words.end(), words.begin() + static_cast<std::ptrdiff_t>(at)))
            return &name;
    return nullptr;
}

std::vector<Mention> Vocabulary::mentionsIn(const Words& words) const {
    std::vector<Mention> mentions;
    for (std::size_t at = 0; at < words.size(); ++at) {
        // "An orange car" is no orange: a color that another name follows belongs to that.
        std::size_t noun = at;
        while (noun < words.size() && isLook(words[noun])) ++noun;
        const Name* name = noun < words.size() ? nameAt(words, noun) : nullptr;
        if (!name) {
            noun = at;
            name = nameAt(words, at);
        }
        if (!name) continue;
        // Nor is "a light orange background".
        if (isLook(words[noun]) && noun + 1 < words.size() && words[noun + 1] == "background") continue;
        Mention mention{name->noun, {}, 0, noun};
        for (std::size_t i = at; i < noun; ++i) mention.looks += (mention.looks.empty() ? "" : " ") + words[i];
        if (at > 0) {
            const std::string& before = words[at - 1];
            if (const auto number = numberOf(before)) mention.count = *number;
            else if (before == "a" || before == "an" || before == "the") mention.count = name->plural ? 0 : 1;
        }
        mentions.push_back(std::move(mention));
        at = noun + name->words.size() - 1;
    }
    return mentions;
}

std::set<std::string> Vocabulary::namesIn(std::string_view text) const {
    std::set<std::string> names;
    for (const auto& mention : mentionsIn(wordsIn(withoutQuoted(text)))) names.insert(mention.noun);
    return names;
}

std::string_view Vocabulary::categoryOf(std::string_view noun) const {
    const world::Noun* found = m_nouns.find(noun);
    return found ? std::string_view(found->category) : std::string_view();
}

std::string Vocabulary::pluralOf(std::string_view name) const {
    for (std::size_t begin = 0; begin != std::string_view::npos && begin < name.size();) {
        const auto noun = name.substr(begin);
        if (m_nouns.find(noun) || world::pluralOfNoun(m_nouns, noun) != world::pluralOf(noun)) return std::string(name.substr(0, begin)) + world::pluralOfNoun(m_nouns, noun);
        const auto space = name.find(' ', begin);
        begin = space == std::string_view::npos ? space : space + 1;
    }
    return world::pluralOf(name);
}

std::set<std::string> namesOf(const world::Scene& scene, const world::Nouns& nouns, const Vocabulary& vocabulary) {
    std::set<std::string> names;
    for (const auto& thing : world::thingsIn(scene, nouns))
        for (const auto& mention : vocabulary.mentionsIn(wordsIn(thing.noun))) names.insert(mention.noun);
    for (const auto& panel : scene.panels)
        if (panel.kind != world::Panel::Kind::None) names.insert(panel.name);
    return names;
}

}  // namespace fusionscope::evaluate
