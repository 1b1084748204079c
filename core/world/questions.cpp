#include "core/world/questions.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/world/captions.h"
#include "core/world/grammar.h"

namespace fusionscope::world {

namespace {

/// Groups of nouns one of which might be called by another's name: none is asked for as absent where another is there.
constexpr std::array<std::string_view, 21> lookAlikes = {
    "fish shark dolphin whale seal", "ship sailboat speedboat canoe", "car taxi police-car race-car",
    "truck fire-truck ambulance bus", "tree pine-tree palm-tree potted-plant", "train tram",
    "chick duck rooster turkey swan eagle dove parrot owl flamingo peacock penguin", "boot sneaker sandal ankle-boot",
    "leopard tiger lion cat", "rose tulip hibiscus blossom sunflower", "sun star moon crescent", "diamond gem",
    "mouse beaver squirrel hedgehog otter raccoon skunk", "dog wolf fox", "lizard crocodile dragon dinosaur",
    "alarm-clock clock", "shirt coat kimono dress t-shirt pullover", "bag handbag backpack", "pair-of-trousers pair-of-jeans pair-of-shorts", "ring ball bowl circle", "crayon pencil pen paintbrush"};

/// Nouns that the painted background of a place may seem to show.
std::string_view seenIn(Place place) {
    switch (place) {
        case Place::Room: return "window door mirror house bed";
        case Place::Table: return "plate";
        case Place::Plain:
        case Place::Blurred: return "";
        default: return "sun moon star cloud rainbow tree pine-tree palm-tree snowflake snowman house castle clover sailboat anchor";
    }
}

bool hasWord(std::string_view words, std::string_view noun) {
    std::string word(noun);
    std::replace(word.begin(), word.end(), ' ', '-');
    for (std::size_t at = 0; at < words.size();) {
        const auto end = std::min(words.find(' ', at), words.size());
        if (words.substr(at, end - at) == word) return true;
        at = end + 1;
    }
    return false;
}

struct CategoryName {
    std::string_view name, phrase;
    /// Categories whose things some would also call so; with them around there is no clear "no".
    std::string_view near;
};

constexpr std::array<CategoryName, 9> categories = {{{"animal", "an animal", "thing"},
                                                     {"fruit", "a fruit", "vegetable food"},
                                                     {"vegetable", "a vegetable", "fruit food plant"},
                                                     {"vehicle", "a vehicle", "thing"},
                                                     {"plant", "a plant", "fruit vegetable"},
                                                     {"instrument", "a musical instrument", "thing"},
                                                     {"tool", "a tool", "thing furniture"},
                                                     {"clothing", "a piece of clothing", "thing"},
                                                     {"furniture", "a piece of furniture", "thing"}}};

std::string hundredths(double at) { return std::to_string(std::clamp(static_cast<int>(std::lround(at * 100 / pictureSize)), 0, 100)); }

}  // namespace

std::string boxText(const QRectF& box) {
    return "[" + hundredths(box.left()) + ", " + hundredths(box.top()) + ", " + hundredths(box.right()) + ", " +
           hundredths(box.bottom()) + "]";
}

Questioner::Questioner(const Scene& scene, const Nouns& nouns, uint64_t seed, bool heldOutWordings)
    : m_scene(scene), m_nouns(nouns), m_things(thingsIn(scene, nouns)), m_random(mixed(scene.seed, seed)), m_heldOut(heldOutWordings) {}

const Wording& Questioner::wordingFor(Kind kind) {
    return m_random.pick(m_heldOut ? heldOutWordings(kind) : wordings(kind));
}

Turn Questioner::turn(Kind kind, const Wording& wording, const Slots& values, std::string answer, std::string key) const {
    const auto slot = [&](std::string_view name) {
        const auto found = values.find(name);
        return found == values.end() ? std::string() : found->second;
    };
    return {kind, filled(wording.text, values), std::move(answer), std::move(key), slot("x"), slot("y")};
}

Turn Questioner::turn(Kind kind, const Wording& wording, const Slots& values, Answer answer, std::string key) const {
    return turn(kind, wording, values, capitalised(filled(answerForm(answer, wording), values)), std::move(key));
}

std::vector<Questioner::Reference> Questioner::references() const {
    std::vector<Reference> all;
    for (const Thing& thing : m_things) {
        const int alike = countOf(m_things, thing.noun);
        const bool known = std::any_of(all.begin(), all.end(), [&](const Reference& other) { return other.name == thing.noun; });
        if (!known) {
            const bool one = alike == 1;
            all.push_back({thing.noun, thing.nounPlural, alike, one ? thing.members.front() : nullptr, one ? thing.colour : Colour::None});
        }
        // "The red circle" is not clear where there is a red striped circle too.
        const bool clear = thing.fill != Fill::Solid ||
                           std::none_of(m_things.begin(), m_things.end(), [&](const Thing& other) {
                               return other.noun == thing.noun && other.colour == thing.colour && other.fill != Fill::Solid;
                           });
        if (thing.name != thing.noun && clear)
            all.push_back({thing.name, thing.plural, thing.count(), thing.count() == 1 ? thing.members.front() : nullptr, thing.colour});
    }
    return all;
}

std::vector<Questioner::Reference> Questioner::singles() const {
    std::vector<Reference> all = references();
    std::erase_if(all, [](const Reference& reference) { return !reference.only; });
    return all;
}

bool Questioner::mistakable(std::string_view noun) const {
    if (countOf(m_things, noun) > 0 || hasWord(seenIn(m_scene.background.place), noun)) return true;
    for (const std::string_view group : lookAlikes)
        if (hasWord(group, noun))
            for (const Thing& thing : m_things)
                if (hasWord(group, thing.noun)) return true;
    return false;
}

std::optional<Questioner::Reference> Questioner::absent() {
    for (int attempt = 0; attempt < 20; ++attempt) {
        // Half of what is not there is near to what is: another colour of it, or another thing of its kind.
        if (!m_things.empty() && m_random.chance(0.35)) {
            const Thing& thing = m_random.pick(m_things);
            const Colour colour = m_random.pick(colours);
            const bool there = std::any_of(m_things.begin(), m_things.end(), [&](const Thing& other) {
                return other.noun == thing.noun && (other.colour == colour || other.colour == Colour::None);
            });
            if (thing.colour == Colour::None || there || !pairAllowed(m_scene.split, thing.noun, colour)) continue;
            const std::string prefix = std::string(nameOf(colour)) + " ";
            return Reference{prefix + thing.noun, prefix + thing.nounPlural, 0, nullptr, colour};
        }
        if (m_scene.family == Family::Room && m_random.chance(0.08)) {
            const std::string stand = m_random.chance(0.5) ? "desk" : "shelf";
            if (countOf(m_things, stand) == 0) return Reference{stand, pluralOfNoun(m_nouns, stand), 0, nullptr, Colour::None};
            continue;
        }
        if (m_scene.family == Family::Shapes && m_random.chance(0.6)) {
            const std::string shape(nameOf(static_cast<Shape>(m_random.below(shapeCount))));
            if (!mistakable(shape)) return Reference{shape, pluralOf(shape), 0, nullptr, Colour::None};
            continue;
        }
        const Noun& noun = m_random.pick(m_nouns.all());
        const Noun* near = m_things.empty() ? nullptr : m_nouns.find(m_random.pick(m_things).noun);
        if ((near && attempt < 8 && noun.category != near->category) || mistakable(noun.name)) continue;
        return Reference{noun.name, noun.plural, 0, nullptr, Colour::None};
    }
    return std::nullopt;
}

Turn Questioner::yes(Kind kind, const Reference& reference) {
    const Wording& wording = wordingFor(kind);
    const std::string some = reference.count == 1 ? withArticle(reference.name) : numberWord(reference.count) + " " + reference.plural;
    const Slots values = {{"a", withArticle(reference.name)}, {"x", reference.name}, {"xs", reference.plural},
                         {"some", some}, {"is", std::string(isOrAre(reference.count))}};
    return turn(kind, wording, values, Answer::Yes, "yes");
}

Turn Questioner::no(const std::string& name, const std::string& plural) {
    const Wording& wording = wordingFor(Kind::Existence);
    const Slots values = {{"a", withArticle(name)}, {"x", name}, {"xs", plural}};
    return turn(Kind::Existence, wording, values, Answer::No, "no");
}

std::optional<Turn> Questioner::existence() {
    const auto present = references();
    if (!present.empty() && m_random.chance(0.5)) return yes(Kind::Existence, m_random.pick(present));
    // Charts and texts, where nothing is there, would turn half into most.
    if (present.empty() && m_random.chance(0.8)) return std::nullopt;
    const auto missing = absent();
    if (!missing) return std::nullopt;
    return no(missing->name, missing->plural);
}

Turn Questioner::number(const Wording& wording, const Reference& reference) {
    const bool one = reference.count == 1;
    const std::string some = one ? "one " + reference.name : numberWord(reference.count) + " " + reference.plural;
    const std::string number = numberWord(reference.count);
    const Slots values = {{"x", reference.name},        {"xs", reference.plural},
                         {"some", some},               {"Some", capitalised(some)},
                         {"number", number},           {"Number", capitalised(number)},
                         {"Digits", std::to_string(reference.count)}, {"xs_or_x", one ? reference.name : reference.plural},
                         {"is", std::string(isOrAre(reference.count))}};
    return turn(Kind::Count, wording, values, reference.count == 0 ? Answer::None : Answer::Number, std::to_string(reference.count));
}

std::optional<Turn> Questioner::count() {
    const auto present = references();
    if (present.empty() || m_random.chance(0.12)) {
        const auto missing = absent();
        if (!missing) return std::nullopt;
        return number(wordingFor(Kind::Count), *missing);
    }
    return number(wordingFor(Kind::Count), m_random.pick(present));
}

std::optional<Turn> Questioner::colour() {
    // The name must not give the colour away.
    auto fit = singles();
    std::erase_if(fit, [](const Reference& reference) {
        return reference.colour == Colour::None || reference.name.find(nameOf(reference.colour)) != std::string::npos;
    });
    if (fit.empty()) return std::nullopt;
    const Reference& reference = m_random.pick(fit);
    const Wording& wording = wordingFor(Kind::Colour);
    const std::string colour(nameOf(reference.colour));
    const Slots values = {{"x", reference.name}, {"colour", colour}, {"Colour", capitalised(colour)}};
    return turn(Kind::Colour, wording, values, Answer::Colour, colour);
}

std::optional<Turn> Questioner::where() {
    auto fit = singles();
    std::erase_if(fit, [](const Reference& reference) { return !zoneIsClear(reference.only->box); });
    if (fit.empty()) return std::nullopt;
    const Reference& reference = m_random.pick(fit);
    const Wording& wording = wordingFor(Kind::Where);
    const std::string zone(zoneOf(reference.only->box));
    const Slots values = {{"x", reference.name}, {"zone", zone}};
    return turn(Kind::Where, wording, values, Answer::Where, zone);
}

std::optional<Turn> Questioner::relationOfTwo() {
    const auto fit = singles();
    for (int attempt = 0; attempt < 24 && fit.size() > 1; ++attempt) {
        const Reference &a = m_random.pick(fit), &b = m_random.pick(fit);
        // What stands on another or lies in it is asked for first.
        const bool close = a.only->on >= 0 || a.only->inside >= 0;
        if (a.only == b.only || (attempt < 6 && !close)) continue;
        const auto how = relation(m_scene, *a.only, *b.only);
        if (!how) continue;
        const Wording& wording = wordingFor(Kind::Relation);
        const std::string relation_(*how);
        const Slots values = {{"x", a.name}, {"y", b.name}, {"relation", relation_}, {"Relation", capitalised(relation_)}};
        return turn(Kind::Relation, wording, values, Answer::Relation, relation_);
    }
    return std::nullopt;
}

std::optional<Turn> Questioner::between() {
    const auto fit = singles();
    for (int attempt = 0; attempt < 40 && fit.size() > 2; ++attempt) {
        const Reference &one = m_random.pick(fit), &other = m_random.pick(fit), &middle = m_random.pick(fit);
        if (one.only == other.only || middle.only == one.only || middle.only == other.only) continue;
        if (!isBetween(middle.only->box, one.only->box, other.only->box)) continue;
        const bool clear = std::all_of(m_scene.objects.begin(), m_scene.objects.end(), [&](const Object& object) {
            return &object == one.only || &object == other.only || &object == middle.only || !maybeBetween(object.box, one.only->box, other.only->box);
        });
        if (!clear) continue;
        const Wording& wording = wordingFor(Kind::Between);
        Turn asked = turn(Kind::Between, wording, {{"x", middle.name}, {"y", one.name}, {"z", other.name}}, Answer::Between, middle.name);
        asked.subject = one.name;
        asked.other = other.name;
        return asked;
    }
    return std::nullopt;
}

std::optional<Turn> Questioner::compare() {
    auto fit = references();
    for (int attempt = 0; attempt < 12 && fit.size() > 1; ++attempt) {
        const Reference &a = m_random.pick(fit), &b = m_random.pick(fit);
        // One must not be part of the other, as red circles are of circles.
        if (a.name.ends_with(b.name) || b.name.ends_with(a.name)) continue;
        const Wording& wording = wordingFor(Kind::Compare);
        const bool equal = a.count == b.count;
        const Reference &more = a.count > b.count ? a : b, &fewer = a.count > b.count ? b : a;
        const Slots values = {{"x", a.name},       {"xs", a.plural},        {"y", b.name},
                              {"ys", b.plural},    {"more", more.plural},   {"More", capitalised(more.plural)},
                              {"fewer", fewer.plural}};
        return turn(Kind::Compare, wording, values, equal ? Answer::Equal : Answer::More, equal ? "equal" : more.plural);
    }
    return std::nullopt;
}

std::optional<Turn> Questioner::category() {
    if (m_scene.family == Family::Symbols || m_scene.family == Family::Product || m_scene.chart) return std::nullopt;
    for (int attempt = 0; attempt < 12; ++attempt) {
        const CategoryName& asked = m_random.pick(categories);
        std::vector<std::string> members;
        bool doubtful = asked.name == "plant" && m_scene.background.place > Place::Room;
        int number = 0;
        for (const Thing& thing : m_things) {
            const Noun* noun = m_nouns.find(thing.noun);
            if (!noun) continue;
            doubtful |= hasWord(asked.near, noun->category);
            if (noun->category != asked.name) continue;
            // "There is a whale and two ants": the verb goes with what comes first.
            if (members.empty()) number = thing.count();
            members.push_back(phraseFor(thing));
        }
        if (members.empty() && (doubtful || !m_random.chance(0.4))) continue;
        const Wording& wording = wordingFor(Kind::Category);
        const std::string all = joined(members), kind(asked.phrase.substr(asked.phrase.find(' ') + 1));
        const Slots values = {{"category", std::string(asked.phrase)}, {"x", std::string(asked.name)}, {"kind", kind},
                              {"members", all},                        {"Members", capitalised(all)}, {"is", std::string(isOrAre(number))}};
        return turn(Kind::Category, wording, values, members.empty() ? Answer::NoCategory : Answer::Category, members.empty() ? "no" : "yes");
    }
    return std::nullopt;
}

std::optional<Turn> Questioner::list() {
    if (m_things.empty()) return std::nullopt;
    std::vector<std::string> phrases;
    for (const Thing& thing : m_things) phrases.push_back(phraseFor(thing));
    const std::string all = joined(phrases);
    const Slots values = {{"things", all}, {"Things", capitalised(all)}, {"is", std::string(isOrAre(m_things.front().count()))}};
    return turn(Kind::List, wordingFor(Kind::List), values, Answer::List, all);
}

std::optional<Turn> Questioner::read() {
    if (m_scene.chart || (m_scene.lines.empty() && !m_random.chance(0.3))) return std::nullopt;
    if (m_scene.lines.empty()) return turn(Kind::Read, wordingFor(Kind::Read), {}, Answer::NoText, "no text");
    std::string text;
    for (const TextLine& line : m_scene.lines) text += (text.empty() ? "" : " ") + line.text;
    return turn(Kind::Read, wordingFor(Kind::Read), {{"text", text}}, Answer::Read, text);
}

std::optional<Turn> Questioner::boxes() {
    const auto fit = singles();
    if (fit.empty()) return std::nullopt;
    const Reference& reference = m_random.pick(fit);
    const std::string box = boxText(reference.only->box);
    return turn(Kind::Boxes, wordingFor(Kind::Boxes), {{"x", reference.name}, {"box", box}}, Answer::Box, box);
}

std::optional<Turn> Questioner::symbol() {
    auto fit = singles();
    std::erase_if(fit, [](const Reference& reference) { return reference.only->kind < Object::Kind::Die; });
    if (fit.empty()) return std::nullopt;
    const Reference& reference = m_random.pick(fit);
    const Object& object = *reference.only;
    // A traffic sign is asked for without its name, which would be the answer.
    const bool sign = object.kind == Object::Kind::Sign;
    if (sign && fit.size() > 1) return std::nullopt;
    const bool plain = object.kind == Object::Kind::Clock || object.kind == Object::Kind::Die;
    const std::string what = plain ? plainReading(object) : description(object);
    const Slots values = {{"x", sign ? "traffic sign" : reference.name}, {"what", what}, {"What", capitalised(what)}};
    return turn(Kind::Symbol, wordingFor(Kind::Symbol), values, Answer::Symbol, sign ? object.name : object.reading);
}

std::optional<Turn> Questioner::unanswerable() {
    const auto missing = absent();
    if (missing && m_random.chance(0.6)) {
        // Asked as if it were there.
        const Kind as = m_random.chance(0.5) ? Kind::Where : missing->colour == Colour::None ? Kind::Colour : Kind::Boxes;
        const Slots values = {{"a", withArticle(missing->name)}, {"x", missing->name}, {"xs", missing->plural}};
        return turn(Kind::Unanswerable, wordingFor(as), values, Answer::NotThere, "not there");
    }
    const auto fit = singles();
    if (fit.empty()) return std::nullopt;
    const Reference& reference = m_random.pick(fit);
    return turn(Kind::Unanswerable, wordingFor(Kind::Unanswerable), {{"thing", reference.name}, {"x", reference.name}},
                Answer::CannotTell, "can't tell");
}

}  // namespace fusionscope::world
