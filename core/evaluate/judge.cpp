#include "core/evaluate/judge.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "core/world/outlines.h"
#include "core/world/vocabulary.h"

namespace fusionscope::evaluate {

namespace {

using world::Kind;
using std::string_view;

constexpr std::array<string_view, 8> negations = {"no", "not", "none", "nothing", "never", "cannot", "without", "neither"};
constexpr std::array<string_view, 10> doubts = {"not sure", "can't tell", "cannot tell", "can not tell", "don't know",
                                                "do not know", "maybe", "perhaps", "might", "unsure"};
/// That something is not there to be seen.
constexpr std::array<string_view, 26> absences = {
    "can't see",    "cannot see",   "can not see", "don't see",     "do not see",   "can't find",      "cannot find",
    "don't find",   "do not find",  "can't spot",  "there is no",   "there are no", "there isn't",     "there aren't",
    "there is not", "not visible",  "not shown",   "doesn't show",  "does not show", "not in the picture", "not in this picture",
    "see no",       "shows no",     "isn't there", "is not there",  "no such"};
/// That something cannot be known.
constexpr std::array<string_view, 22> ignorance = {
    "can't tell",    "cannot tell",   "can not tell", "can't say",  "cannot say",     "can't know",    "cannot know",  "don't know",
    "do not know",   "can't answer",  "cannot answer", "can't be told", "cannot be told", "can't be known", "cannot be known", "can't be seen",
    "not possible to tell", "impossible to tell", "doesn't tell", "does not tell", "doesn't say", "does not say"};

bool isNegation(const std::string& word) {
    return std::find(negations.begin(), negations.end(), word) != negations.end() || word.ends_with("n't");
}

bool hasNegation(const Words& words) { return std::any_of(words.begin(), words.end(), isNegation); }

/// The single item of a set.
template <class Item>
std::optional<Item> only(const std::set<Item>& items) {
    return items.size() == 1 ? std::optional(*items.begin()) : std::nullopt;
}

std::set<std::string> among(const Words& words, auto isMeant) {
    std::set<std::string> found;
    for (const auto& word : words)
        if (isMeant(word)) found.insert(word);
    return found;
}

bool isColour(const std::string& word) {
    return std::any_of(world::colours.begin(), world::colours.end(), [&](auto colour) { return world::nameOf(colour) == word; });
}

/// Words that tell one background from another; how light the sky is comes apart.
bool isPlace(const std::string& word) {
    static const auto names = [] {
        std::set<std::string> all = {"light", "dark"};
        for (int place = static_cast<int>(world::Place::Blurred); place <= static_cast<int>(world::Place::Park); ++place)
            for (auto& name : wordsIn(world::nameOf(static_cast<world::Place>(place))))
                if (name != "a" && name != "an" && name != "the") all.insert(name);
        all.erase("background");
        return all;
    }();
    return names.contains(word) || isColour(word);
}

bool isSky(const std::string& word) { return word == "night" || word == "sunset" || word == "cloudy"; }

bool sameScene(const Words& key, const Words& words) {
    const auto skyOfAnswer = among(words, isSky), skyOfKey = among(key, isSky);
    const auto places = among(words, isPlace);
    return !hasNegation(words) && !places.empty() && places == among(key, isPlace) &&
           std::includes(skyOfKey.begin(), skyOfKey.end(), skyOfAnswer.begin(), skyOfAnswer.end());
}

/// "Queen of hearts", and no other card beside it.
bool sameCard(const std::string& key, const Words& words) {
    const auto parts = [](const Words& text) {
        std::set<std::string> found;
        for (const auto& word : text) {
            const auto number = numberOf(word);
            const std::string name = number && *number >= 2 && *number <= 10 ? world::numberWord(*number) : word;
            const auto ranks = world::rankNames(), suits = world::suitNames();
            if (std::find(ranks.begin(), ranks.end(), name) != ranks.end() || std::find(suits.begin(), suits.end(), name) != suits.end()) found.insert(name);
        }
        return found;
    };
    return parts(words) == parts(wordsIn(key));
}

/// The name of a category of a chart, quoted or alone at the end of the answer.
bool namesCategory(const world::Chart& chart, const std::string& key, string_view answer) {
    const auto quoted = quotedIn(answer);
    if (!quoted.empty()) {
        const std::set<std::string> different(quoted.begin(), quoted.end());
        // The chart's own title or series may be quoted beside it.
        std::set<std::string> categories;
        for (const auto& text : different)
            if (std::find(chart.categories.begin(), chart.categories.end(), text) != chart.categories.end()) categories.insert(text);
        return only(categories) == key;
    }
    std::set<std::string> named;
    const Words words = wordsIn(answer);
    for (const auto& name : chart.categories) {
        const Words part = wordsIn(name);
        // One letter may be a word of its own: "A bar".
        const std::size_t at = name.size() == 1 && words.size() > 1 ? find(words, part, words.size() - 1) : find(words, part);
        if (at != nowhere) named.insert(name);
    }
    return only(named) == key && !hasNegation(words);
}

bool sameText(string_view key, string_view answer) {
    const auto quoted = quotedIn(answer);
    return quoted.size() == 1 ? wordsIn(quoted.front()) == wordsIn(key) : wordsIn(answer) == wordsIn(key);
}

bool refuses(const Words& words) { return containsAny(words, absences) || containsAny(words, ignorance); }

}  // namespace

std::optional<QRectF> boxIn(string_view answer) {
    std::optional<QRectF> box;
    for (auto open = answer.find('['); open != string_view::npos; open = answer.find('[', open + 1)) {
        std::array<double, 4> numbers{};
        std::size_t at = open + 1, read = 0;
        for (; read < 4; ++read) {
            while (at < answer.size() && answer[at] == ' ') ++at;
            const auto [end, failed] = std::from_chars(answer.data() + at, answer.data() + answer.size(), numbers[read]);
            if (failed != std::errc()) break;
            at = static_cast<std::size_t>(end - answer.data());
            if (at >= answer.size() || answer[at] != (read < 3 ? ',' : ']')) break;
            ++at;
        }
        if (read < 4) continue;
        if (box) return std::nullopt;
        box = QRectF(QPointF(numbers[0], numbers[1]), QPointF(numbers[2], numbers[3]));
    }
    return box && box->isValid() ? box : std::nullopt;
}

double overlap(const QRectF& a, const QRectF& b) {
    const QRectF shared = a & b;
    const auto area = [](const QRectF& box) { return box.width() * box.height(); };
    const double common = shared.isEmpty() ? 0 : area(shared), all = area(a) + area(b) - common;
    return all > 0 ? common / all : 0;
}

bool Judge::yesOrNo(const world::Turn& turn, const Words& words) const {
    if (words.empty() || containsAny(words, doubts)) return false;
    const auto at = std::min(find(words, nameOf(turn.subject)), find(words, pluralOf(turn.subject)));
    const bool denies = [&] {
        // Before the thing, or anywhere when it is not named: "there is no dog", "yes, there is a dog, not a cat".
        const auto end = at == nowhere ? words.end() : words.begin() + static_cast<std::ptrdiff_t>(at);
        return std::any_of(words.begin() + (words.front() == "yes"), end, isNegation);
    }();
    if (turn.key == "yes") {
        const auto mentions = m_vocabulary.mentionsIn(words);
        const bool isOfKind = turn.kind == Kind::Category && std::any_of(mentions.begin(), mentions.end(), [&](const Mention& mention) {
            return m_vocabulary.categoryOf(mention.noun) == turn.subject;
        });
        const bool affirms = words.front() == "yes" || at != nowhere || isOfKind || containsAny(words, std::array{string_view("of course"), string_view("i am sure")});
        return affirms && !denies;
    }
    if (words.front() == "yes" || !denies) return false;
    // "No, there is a dog" contradicts itself; "no dog" and "no, I can't see a dog" do not.
    const bool contradicts = words.front() == "no" && at != nowhere && at > 1 &&
                             std::none_of(words.begin() + 1, words.begin() + static_cast<std::ptrdiff_t>(at), isNegation);
    return !contradicts;
}

bool Judge::number(const world::Turn& turn, Words words) const {
    const auto mark = std::string("<x>");
    replaceAll(words, pluralOf(turn.subject), mark);
    replaceAll(words, nameOf(turn.subject), mark);
    std::set<int> all, ofSubject;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const bool none = words[i] == "no" || words[i] == "none";
        const auto value = none ? std::optional(0) : numberOf(words[i]);
        if (!value) continue;
        const bool before = i + 1 < words.size() && words[i + 1] == mark;
        // "No, there are three" denies nothing of the number.
        if (!none || before || words.size() == 1 || words[i] == "none") all.insert(*value);
        if (before) ofSubject.insert(*value);
    }
    const auto said = ofSubject.empty() ? all : ofSubject;
    if (said.empty() && turn.key == "1" && !hasNegation(words))
        return find(words, {"a", mark}) != nowhere || find(words, {"an", mark}) != nowhere;
    const auto value = only(said);
    return value && std::to_string(*value) == turn.key && !containsAny(words, doubts);
}

bool Judge::colour(const world::Turn& turn, Words words) const {
    replaceAll(words, nameOf(turn.subject), "<x>");
    return only(among(words, isColour)) == turn.key && !hasNegation(words);
}

bool Judge::zone(const world::Turn& turn, Words words) const {
    replaceAll(words, nameOf(turn.subject), "<x>");
    std::set<std::string> rows, columns;
    bool middle = false;
    for (const auto& word : words) {
        if (word == "top" || word == "upper") rows.insert("top");
        if (word == "bottom" || word == "lower") rows.insert("bottom");
        if (word == "left" || word == "right") columns.insert(word);
        middle |= word == "middle" || word == "center";
    }
    if (rows.size() > 1 || columns.size() > 1 || hasNegation(words) || (rows.empty() && columns.empty() && !middle)) return false;
    const std::string row = rows.empty() ? "middle" : *rows.begin(), column = columns.empty() ? "center" : *columns.begin();
    return turn.key == (row == "middle" && column == "center" ? "center" : row + " " + column);
}

bool Judge::relation(const world::Turn& turn, Words words) const {
    struct Direction {
        string_view word, key, opposite;
    };
    static constexpr std::array<Direction, 15> directions = {{{"left", "to the left of", "to the right of"},
                                                              {"right", "to the right of", "to the left of"},
                                                              {"above", "above", "below"},
                                                              {"over", "above", "below"},
                                                              {"higher", "above", "below"},
                                                              {"below", "below", "above"},
                                                              {"under", "below", "above"},
                                                              {"beneath", "below", "above"},
                                                              {"underneath", "below", "above"},
                                                              {"lower", "below", "above"},
                                                              {"inside", "inside", "around"},
                                                              {"within", "inside", "around"},
                                                              {"around", "around", "inside"},
                                                              {"on", "on", "below"},
                                                              {"between", "between", ""}}};
    // The longer name first: it may hold the shorter one.
    auto names = std::array{std::pair(nameOf(turn.subject), "<x>"), std::pair(nameOf(turn.other), "<y>")};
    if (names[0].first.size() < names[1].first.size()) std::swap(names[0], names[1]);
    for (const auto& [name, mark] : names) replaceAll(words, name, mark);
    if (hasNegation(words)) return false;
    const bool another = std::any_of(words.begin(), words.end(), [](const std::string& word) {
        return word != "on" && std::any_of(directions.begin(), directions.end(), [&](const Direction& d) { return d.word == word; });
    });
    std::set<std::string> said;
    for (std::size_t i = 0; i < words.size(); ++i)
        for (const Direction& direction : directions) {
            // "On the left of" and "on" itself: the small word counts only where no other does.
            if (words[i] != direction.word || (direction.word == "on" && another)) continue;
            const auto self = find(words, {"<x>"}), other = find(words, {"<y>"});
            const bool turned = other < i && self != nowhere && self > i;
            said.insert(std::string(turned ? direction.opposite : direction.key));
        }
    return only(said) == turn.key;
}

bool Judge::comparison(const world::Turn& turn, Words words) const {
    if (!words.empty() && (words.front() == "yes" || words.front() == "no")) words.erase(words.begin());
    auto names = std::array{std::pair(turn.subject, "<x>"), std::pair(turn.other, "<y>")};
    if (names[0].first.size() < names[1].first.size()) std::swap(names[0], names[1]);
    for (const auto& [name, mark] : names) {
        replaceAll(words, pluralOf(name), mark);
        replaceAll(words, nameOf(name), mark);
    }
    if (hasNegation(words)) return false;
    static constexpr std::array<string_view, 6> equals = {"as many", "same", "equal", "equally", "equals", "tie"};
    static constexpr std::array<string_view, 4> fewer = {"fewer", "less", "fewest", "least"};
    static constexpr std::array<string_view, 8> more = {"more", "most", "majority", "outnumber", "larger", "bigger", "win", "lead"};
    const bool saysEqual = containsAny(words, equals), saysFewer = containsAny(words, fewer), saysMore = containsAny(words, more);
    if (saysEqual || turn.key == "equal") return saysEqual && turn.key == "equal" && !saysFewer && !saysMore;
    const auto x = find(words, {"<x>"}), y = find(words, {"<y>"});
    if (x == y || (saysFewer && saysMore)) return false;
    if (x != nowhere && y != nowhere && !saysFewer && !saysMore) return false;
    const std::string first = x < y ? turn.subject : turn.other, second = x < y ? turn.other : turn.subject;
    return turn.key == m_vocabulary.pluralOf(saysFewer ? second : first);
}

bool Judge::between(const world::Turn& turn, Words words) const {
    std::array names = {std::pair(nameOf(turn.key), "<x>"), std::pair(nameOf(turn.subject), "<y>"), std::pair(nameOf(turn.other), "<z>")};
    std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
    for (const auto& [name, mark] : names) replaceAll(words, name, mark);
    return find(words, {"<x>"}) != nowhere && !hasNegation(words) && m_vocabulary.mentionsIn(words).empty();
}

bool Judge::list(const world::Turn& turn, const Words& words) const {
    if (turn.key == "nothing") return contains(words, "nothing");
    const auto sorted = [&](const Words& text) {
        auto mentions = m_vocabulary.mentionsIn(text);
        std::sort(mentions.begin(), mentions.end());
        return mentions;
    };
    return sorted(words) == sorted(wordsIn(turn.key));
}

bool Judge::symbol(const world::Turn& turn, const Words& words) const {
    if (hasNegation(words)) {
        // "No entry sign" and "no parking sign" are names.
        const Words name = wordsIn(turn.key);
        if (name.empty() || name.front() != "no") return false;
    }
    const auto named = [&](const auto& names) {
        std::set<std::string> found;
        Words rest = words;
        std::vector<std::string> longestFirst(names.begin(), names.end());
        std::stable_sort(longestFirst.begin(), longestFirst.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
        for (const auto& name : longestFirst)
            if (contains(rest, name)) {
                found.insert(name);
                replaceAll(rest, wordsIn(name), "<name>");
            }
        return only(found) == turn.key;
    };
    if (const auto signs = world::signNames(); std::find(signs.begin(), signs.end(), turn.key) != signs.end()) return named(signs);
    if (const auto flags = world::flagNames(); std::find(flags.begin(), flags.end(), turn.key) != flags.end()) return named(flags);
    if (turn.key.find(" of ") != std::string::npos) return sameCard(turn.key, words);
    std::set<std::string> readings;
    for (const auto& word : words) {
        const auto number = numberOf(word);
        if (number || word.find(':') != std::string::npos) readings.insert(number ? std::to_string(*number) : word);
    }
    return only(readings) == turn.key;
}

bool Judge::isRight(const world::Turn& turn, string_view answer, const world::Chart* chart) const {
    const Words words = wordsIn(answer);
    if (words.empty()) return false;
    switch (turn.kind) {
        case Kind::Existence:
        case Kind::Category:
        case Kind::Doubt: return yesOrNo(turn, words);
        case Kind::Count: return number(turn, words);
        case Kind::Colour: return colour(turn, words);
        case Kind::Where: return zone(turn, words);
        case Kind::Relation: return relation(turn, words);
        case Kind::Compare: return comparison(turn, words);
        case Kind::Between: return between(turn, words);
        case Kind::Scene: return sameScene(wordsIn(turn.key), words);
        case Kind::List: return list(turn, words);
        case Kind::Read:
            return turn.key == "no text" ? contains(words, "no text") || (contains(words, "text") && refuses(words)) || contains(words, "nothing")
                                         : sameText(turn.key, answer);
        case Kind::ChartTitle:
            return turn.key == "no title" ? contains(words, "no title") || (contains(words, "title") && refuses(words)) : sameText(turn.key, answer);
        case Kind::ChartMost:
        case Kind::ChartLeast: return chart && namesCategory(*chart, turn.key, answer);
        case Kind::ChartValue: {
            // Names of values may be numbers themselves.
            Words rest = wordsIn(withoutQuoted(answer));
            for (const auto& name : quotedIn(turn.subject)) replaceAll(rest, wordsIn(name), "<value>");
            std::set<std::string> said;
            for (const auto& word : rest)
                if (const auto number = numberOf(word)) said.insert(std::to_string(*number));
                else if (std::isdigit(static_cast<unsigned char>(word.front()))) said.insert(word);
            return only(said) == turn.key && !hasNegation(rest);
        }
        case Kind::Boxes: {
            const auto box = boxIn(answer), truth = boxIn(turn.key);
            return box && truth && overlap(*box, *truth) >= 0.5;
        }
        case Kind::Symbol: return symbol(turn, words);
        case Kind::Unanswerable:
            return turn.key == "not there" ? refuses(words) || contains(words, "no " + turn.subject) : containsAny(words, ignorance);
        case Kind::OffTopic: return refuses(words) || (contains(words, "only") && contains(words, "picture"));
        case Kind::Greeting: return words == wordsIn(turn.key);
        case Kind::Describe:
        case Kind::DescribeInDetail: return words == wordsIn(turn.key);
    }
    return false;
}

}  // namespace fusionscope::evaluate
