#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/evaluate/answer_words.h"
#include "core/world/nouns.h"
#include "core/world/scene.h"

namespace fusionscope::evaluate {

/// A thing that a text speaks of: "two red striped circles".
struct Mention {
    std::string noun;   ///< singular
    std::string looks;  ///< colour and pattern as written, "red striped"; may be empty
    int count = 0;      ///< 1 for "a" and "the"; 0 where no number is said
    std::size_t at = 0; ///< of the noun among the words

    auto operator<=>(const Mention& other) const { return key() <=> other.key(); }
    bool operator==(const Mention& other) const { return key() == other.key(); }

  private:
    std::tuple<const std::string&, const std::string&, int> key() const { return {noun, looks, count}; }
};

/// Finds the things of the visual world in texts: its nouns, shapes, symbols and what text stands on, singular or plural.
class Vocabulary {
  public:
    explicit Vocabulary(const world::Nouns& nouns);

    /// Things in the order of the text. The longest name counts: "fire truck" is no truck.
    std::vector<Mention> mentionsIn(const Words& words) const;
    /// Singular names alone. What stands in quotes is read, not seen, and does not count.
    std::set<std::string> namesIn(std::string_view text) const;
    /// "animal" for "dog"; empty for what is no drawing's noun.
    std::string_view categoryOf(std::string_view noun) const;
    /// "red cars" for "red car".
    std::string pluralOf(std::string_view name) const;

  private:
    struct Name {
        Words words;
        std::string noun;
        bool plural;
    };
    const Name* nameAt(const Words& words, std::size_t at) const;

    const world::Nouns& m_nouns;
    std::map<std::string, std::vector<Name>> m_byFirstWord;  ///< longest first
};

/// The names of what a scene's caption should name, in the vocabulary's words.
std::set<std::string> namesOf(const world::Scene& scene, const world::Nouns& nouns, const Vocabulary& vocabulary);

}  // namespace fusionscope::evaluate
