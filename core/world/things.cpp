#include "core/world/things.h"

#include <algorithm>
#include <cmath>

#include "core/world/grammar.h"

namespace fusionscope::world {

namespace {

std::string described(const std::string& noun, Colour colour, Fill fill) {
    std::string name;
    if (colour != Colour::None) name += std::string(nameOf(colour)) + " ";
    if (fill != Fill::Solid) name += std::string(nameOf(fill)) + " ";
    return name + noun;
}

double areaOf(const Object& object) { return object.box.width() * object.box.height(); }

}  // namespace

std::string pluralOfNoun(const Nouns& nouns, std::string_view noun) {
    if (noun == "die") return "dice";
    if (noun == "shelf") return "shelves";
    if (noun == "pair of trousers") return "pairs of trousers";
    const Noun* found = nouns.find(noun);
    return found ? found->plural : pluralOf(noun);
}

std::vector<Thing> thingsIn(const Scene& scene, const Nouns& nouns) {
    std::vector<const Object*> objects;
    for (const Object& object : scene.objects)
        if (object.kind != Object::Kind::Bar) objects.push_back(&object);
    std::stable_sort(objects.begin(), objects.end(), [](const Object* a, const Object* b) { return areaOf(*a) > areaOf(*b); });
    std::vector<Thing> things;
    for (const Object* object : objects) {
        auto found = std::find_if(things.begin(), things.end(), [&](const Thing& thing) {
            return thing.noun == object->name && thing.colour == object->colour && thing.fill == object->fill;
        });
        if (found == things.end()) {
            Thing thing;
            thing.noun = object->name;
            thing.nounPlural = pluralOfNoun(nouns, object->name);
            thing.colour = object->colour;
            thing.fill = object->fill;
            thing.name = described(thing.noun, thing.colour, thing.fill);
            thing.plural = described(thing.nounPlural, thing.colour, thing.fill);
            found = things.insert(things.end(), std::move(thing));
        }
        found->members.push_back(object);
    }
    return things;
}

int countOf(const std::vector<Thing>& things, std::string_view noun) {
    int count = 0;
    for (const Thing& thing : things)
        if (thing.noun == noun) count += thing.count();
    return count;
}

std::string phraseFor(const Thing& thing, int count) {
    return count == 1 ? withArticle(thing.name) : numberWord(count) + " " + thing.plural;
}

std::string plainReading(const Object& object) {
    return object.kind == Object::Kind::Die || object.kind == Object::Kind::Digit ? numberWord(std::stoi(object.reading)) : object.reading;
}

std::string description(const Object& object) {
    switch (object.kind) {
        case Object::Kind::Die: return "a die showing " + plainReading(object);
        case Object::Kind::Clock: return "a clock showing " + object.reading;
        case Object::Kind::Digit: return "the digit " + plainReading(object);
        case Object::Kind::Flag: return "the flag of " + std::string(object.reading == "Netherlands" ? "the " : "") + object.reading;
        case Object::Kind::Card: return "the " + object.reading;
        case Object::Kind::Sign:
            return withArticle(object.name) + (object.reading.empty() ? "" : " of " + object.reading);
        default: return withArticle(described(object.name, object.colour, object.fill));
    }
}

std::string_view zoneOf(const QRectF& box) {
    const auto third = [](double at) { return std::clamp(static_cast<int>(at * 3 / pictureSize), 0, 2); };
    return zones[static_cast<std::size_t>(3 * third(box.center().y()) + third(box.center().x()))];
}

bool zoneIsClear(const QRectF& box) {
    const auto clear = [](double at) {
        const double nearest = std::min(std::abs(at - pictureSize / 3.0), std::abs(at - 2 * pictureSize / 3.0));
        return nearest > 6;
    };
    return clear(box.center().x()) && clear(box.center().y());
}

std::optional<std::string_view> relation(const QRectF& a, const QRectF& b) {
    const QPointF offset = a.center() - b.center();
    const double across = std::abs(offset.x()), down = std::abs(offset.y());
    if (across > 1.5 * down + 10) return offset.x() < 0 ? "to the left of" : "to the right of";
    if (down > 1.5 * across + 10) return offset.y() < 0 ? "above" : "below";
    return std::nullopt;
}

std::optional<std::string_view> relation(const Scene& scene, const Object& a, const Object& b) {
    const auto indexOf = [&](const Object& object) { return static_cast<int>(&object - scene.objects.data()); };
    if (a.on == indexOf(b)) return "on";
    if (a.inside == indexOf(b)) return "inside";
    if (b.on == indexOf(a)) return "below";
    if (b.inside == indexOf(a)) return std::nullopt;
    return relation(a.box, b.box);
}

namespace {

/// Where the middle of a box lies on the way from one to the other: share of the way, and distance from the line as a
/// share of its length.
std::pair<double, double> onTheWay(const QRectF& a, const QRectF& one, const QRectF& other) {
    const QPointF way = other.center() - one.center(), to = a.center() - one.center();
    const double length = QPointF::dotProduct(way, way);
    if (length < 60 * 60) return {-1, 1};
    return {QPointF::dotProduct(way, to) / length, std::abs(way.x() * to.y() - way.y() * to.x()) / length};
}

}  // namespace

bool isBetween(const QRectF& a, const QRectF& one, const QRectF& other) {
    const auto [share, off] = onTheWay(a, one, other);
    return share > 0.3 && share < 0.7 && off < 0.12;
}

bool maybeBetween(const QRectF& a, const QRectF& one, const QRectF& other) {
    const auto [share, off] = onTheWay(a, one, other);
    return share > 0.05 && share < 0.95 && off < 0.4;
}

std::string backgroundColour(const Background& background) {
    switch (background.colour) {
        case Colour::White:
        case Colour::Gray:
        case Colour::Pink: return std::string(nameOf(background.colour));
        case Colour::Black: return "dark";
        default: return "light " + std::string(nameOf(background.colour));
    }
}

std::string whereItIs(const Background& background) {
    if (background.place == Place::Plain) return "on a " + backgroundColour(background) + " background";
    std::string text(inPlace(background.place));
    if (isOutdoors(background.place) && background.sky == Sky::Night) text += " at night";
    if (isOutdoors(background.place) && background.sky == Sky::Sunset) text += " at sunset";
    return text;
}

std::string placePhrase(const Background& background) {
    if (background.place == Place::Plain) return "a plain " + backgroundColour(background) + " background";
    std::string text(nameOf(background.place));
    if (!isOutdoors(background.place)) return text;
    static constexpr std::array<std::string_view, 4> skies = {"", " under a cloudy sky", " at sunset", " at night"};
    return text + std::string(skies[static_cast<std::size_t>(background.sky)]);
}

}  // namespace fusionscope::world
