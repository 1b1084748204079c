#include <algorithm>
#include <array>
#include <cmath>

#include "core/world/composition.h"
#include "core/world/outlines.h"

/// Families of scenes that are made of things: outdoors, table, grid, room, shapes, symbols, clutter.
namespace fusionscope::world {

namespace {

constexpr QRectF wholePicture(0, 0, pictureSize, pictureSize);

constexpr std::array<std::string_view, 25> flying = {
    "airplane", "helicopter", "balloon", "kite",   "rocket", "sun",  "moon",      "cloud",   "star",
    "rainbow",  "butterfly",  "bee",     "eagle",  "owl",    "dove", "parrot",    "bat",     "dragon",
    "ladybug",  "parachute",  "feather", "snowflake", "beetle", "flamingo", "swan"};
constexpr std::array<std::string_view, 20> swimming = {
    "ship",    "sailboat", "canoe",    "speedboat", "dolphin", "whale", "shark", "octopus", "fish", "duck",
    "swan",    "seal",     "turtle",   "crocodile", "penguin", "crab",  "lobster", "anchor", "otter", "shrimp"};
constexpr std::array<std::string_view, 14> outdoors = {"house",    "castle",  "church", "tent",  "umbrella",
                                                       "snowman",  "fire",    "robot",  "ladder", "mailbox",
                                                       "fountain", "telescope", "bucket", "ferris wheel"};

template <class Names>
bool contains(const Names& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// A thing that one might see in such a place; now and then one that does not belong there.
Object outdoorThing(Composition& composition, Place place, bool inTheSky) {
    const bool anything = composition.random.chance(0.12);
    while (true) {
        Object object = composition.someSprite();
        if (inTheSky != contains(flying, object.name)) continue;
        if (anything || inTheSky) return object;
        const std::string_view category = composition.materials.nouns[object.noun].category;
        const bool swims = contains(swimming, object.name);
        if (place == Place::Sea ? swims : category == "animal" || category == "vehicle" || category == "plant" ||
                                              category == "ball" || contains(outdoors, object.name))
            return object;
    }
}

/// Sizes so that so many things fit.
double sizeFor(Composition& composition, int things, double most = 92) {
    const double fair = 210 / std::sqrt(things + 1.0);
    return composition.random.between(std::max(26.0, 0.5 * fair), std::min(most, fair));
}

/// A few kinds of things, some of each, on a flat ground.
void putGroups(Composition& composition, int kinds, int mostOfAKind, bool shapesToo, double overlap) {
    Random& random = composition.random;
    const int one = random.between(1, mostOfAKind);
    for (int kind = 0; kind < kinds; ++kind) {
        const Object look = shapesToo && random.chance(0.25) ? composition.someShape() : composition.someSprite();
        const int count = kind == 0 ? one : random.between(1, std::max(1, mostOfAKind / kinds));
        const double size = sizeFor(composition, count * kinds + kinds);
        for (int i = 0; i < count; ++i)
            composition.put(look, size * random.between(0.9, 1.1), wholePicture, overlap, 12);
    }
}

int lastObject(const Composition& composition) { return static_cast<int>(composition.scene.objects.size()) - 1; }

/// A desk on the floor or a shelf on the wall, with things on it.
void putStand(Composition& composition, double floor) {
    Random& random = composition.random;
    Object stand;
    stand.kind = Object::Kind::Stand;
    const bool shelf = random.chance(0.4);
    stand.name = shelf ? "shelf" : "desk";
    const double width = random.between(90.0, 150.0);
    const QRectF area = shelf ? QRectF(width / 2 + 2, 70, 252 - width, std::max(10.0, floor - 100)) : QRectF(width / 2 + 2, floor, 252 - width, 12);
    if (!composition.put(stand, width, area)) return;
    const int index = lastObject(composition);
    for (int left = random.between(1, 2); left > 0; --left) composition.putOn(composition.someSprite(), random.between(28.0, 50.0), index);
}

/// A thing in a large shape, or on a block.
void putTogether(Composition& composition) {
    Random& random = composition.random;
    const auto thing = [&] { return random.chance(0.5) ? composition.someShape(true) : composition.someSprite(); };
    Object large = composition.someShape(true);
    if (random.chance(0.5)) {
        static constexpr std::array wide = {Shape::Circle, Shape::Square, Shape::Hexagon};
        large.shape = random.pick(wide);
        large.name = nameOf(large.shape);
        Object inner = thing();
        const bool seen = inner.colour == Colour::None || distance(rgbOf(inner.colour), rgbOf(large.colour)) > 160;
        const double size = random.between(96.0, 140.0), share = random.between(0.28, 0.42);
        if (!seen || !pairAllowed(composition.split(), large.name, large.colour)) return;
        if (composition.put(std::move(large), size, wholePicture)) composition.putInto(std::move(inner), size * share, lastObject(composition));
        return;
    }
    large.shape = Shape::Square;
    large.name = nameOf(large.shape);
    const double size = random.between(50.0, 84.0), share = random.between(0.6, 0.95);
    if (!pairAllowed(composition.split(), large.name, large.colour)) return;
    const QRectF lowerPart(0, 120, pictureSize, pictureSize - 120);
    Object upper = thing();
    if (composition.put(std::move(large), size, lowerPart)) composition.putOn(std::move(upper), size * share, lastObject(composition));
}

/// Three things in a row, so that one is between two.
void putRow(Composition& composition) {
    Random& random = composition.random;
    const double turn = random.between(-0.25, 0.25) + (random.chance(0.3) ? M_PI / 2 : 0), gap = random.between(60.0, 88.0);
    const double size = gap * random.between(0.55, 0.8);
    const QPointF step(gap * std::cos(turn), gap * std::sin(turn)), middle(random.between(100.0, 156.0), random.between(100.0, 156.0));
    for (const double at : {0.0, -1.0, 1.0})
        composition.putAt(random.chance(0.5) ? composition.someShape() : composition.someSprite(), size, middle + at * step);
}

/// Writes what stands on a sign or a digit's tile.
void writeOn(Composition& composition, const Object& object) {
    std::string text = object.reading;
    double height = 0.34;  // of a capital, as a share of the object's size
    uint32_t ink = 0x17181f;
    QPointF middle;  // of the text, as shares of the object's size
    if (object.sample >= 0) return;  // handwritten
    if (object.kind == Object::Kind::Digit) {
        height = 0.6;
    } else if (object.kind == Object::Kind::Card) {
        const auto rank = std::find(rankNames().begin(), rankNames().end(), text.substr(0, text.find(' '))) - rankNames().begin();
        text = rank == 0 ? "A" : rank == 10 ? "J" : rank == 11 ? "Q" : rank == 12 ? "K" : std::to_string(rank + 1);
        height = 0.18;
        middle = {-0.17, -0.34};
        if (object.reading.ends_with("hearts") || object.reading.ends_with("diamonds")) ink = 0xc8202c;
    } else if (object.name == "stop sign") {
        text = "STOP";
        height = 0.24;
        ink = 0xfafafa;
    } else if (object.name == "parking sign" || object.name == "no parking sign") {
        text = "P";
        height = object.name == "parking sign" ? 0.6 : 0.5;
        ink = 0xfafafa;
    } else if (object.name != "speed limit sign") {
        return;
    }
    const double share = composition.materials.typefaces.capitalHeight(object.font);
    double em = height * object.size / share;
    const double most = object.size * (object.name == "stop sign" ? 0.82 : 0.62);
    em *= std::min(1.0, most / composition.widthOf(text, object.font, em));
    const QTransform plane = QTransform().translate(object.centre.x(), object.centre.y()).rotate(object.angle);
    composition.write(text, object.font, em, ink,
                      middle * object.size + QPointF(-composition.widthOf(text, object.font, em) / 2, share * em / 2), plane);
}

}  // namespace

void composeOutdoor(Composition& composition) {
    Random& random = composition.random;
    auto& background = composition.scene.background;
    background.place = random.pick(outdoorPlaces);
    background.sky = static_cast<Sky>(random.weighted({0.5, 0.2, 0.13, 0.17}));
    background.horizon = random.between(0.3, 0.55);
    const double horizon = background.horizon * pictureSize;
    for (int left = static_cast<int>(random.weighted({0.45, 0.35, 0.2})); left > 0; --left) {
        const double size = random.between(28.0, 64.0);
        composition.put(outdoorThing(composition, background.place, true), size, QRectF(0, 0, pictureSize, horizon * 0.8), 0.05, 10);
    }
    if (random.chance(0.2)) addPanel(composition, random.between(1, 2), 15, 30);
    // Things farther away are higher, smaller, and behind those that are nearer.
    std::vector<double> feet(static_cast<std::size_t>(random.between(1, 5)));
    for (double& foot : feet) foot = random.between(horizon + 22, 252.0);
    std::sort(feet.begin(), feet.end());
    for (const double foot : feet) {
        const double nearness = (foot - horizon) / (pictureSize - horizon);
        const Object look = outdoorThing(composition, background.place, false);
        const double size = random.between(0.85, 1.15) * (34 + 62 * nearness);
        const int count = random.chance(0.22) ? random.between(2, 4) : 1;
        for (int i = 0; i < count; ++i)
            for (int attempt = 0; attempt < 12; ++attempt) {
                const QPointF centre(random.between(size / 2, pictureSize - size / 2), foot - size * 0.45);
                if (composition.putAt(look, size, centre, 0.12)) break;
            }
    }
    if (composition.scene.objects.empty())
        composition.put(outdoorThing(composition, background.place, false), 60, wholePicture);
}

void composeTable(Composition& composition) {
    Random& random = composition.random;
    if (random.chance(0.35)) {
        composition.plainBackground();
    } else {
        composition.scene.background.place = random.chance(0.7) ? Place::Table : Place::Blurred;
    }
    if (random.chance(0.12)) addPanel(composition, 1, 15, 30);
    if (random.chance(0.15)) return putRow(composition);
    const int kinds = static_cast<int>(random.weighted({0.35, 0.35, 0.2, 0.1})) + 1;
    putGroups(composition, kinds, kinds == 1 ? 9 : 7, true, 0.04);
}

void composeGrid(Composition& composition) {
    Random& random = composition.random;
    composition.plainBackground();
    const int columns = random.between(2, 4), rows = random.between(2, 4);
    std::vector<Object> looks;
    for (int kind = random.between(1, 3); kind > 0; --kind)
        looks.push_back(random.chance(0.35) ? composition.someShape(true) : composition.someSprite());
    const double cell = 244.0 / std::max(columns, rows), size = cell * random.between(0.55, 0.8);
    const QPointF origin(128 - cell * (columns - 1) / 2, 128 - cell * (rows - 1) / 2);
    for (int row = 0; row < rows; ++row)
        for (int column = 0; column < columns; ++column)
            if (!random.chance(0.12))
                composition.putAt(random.pick(looks), size, origin + QPointF(column * cell, row * cell));
    if (composition.scene.objects.empty()) composition.putAt(looks.front(), size, QPointF(128, 128));
}

void composeRoom(Composition& composition) {
    Random& random = composition.random;
    auto& background = composition.scene.background;
    background.place = Place::Room;
    background.horizon = random.between(0.55, 0.72);
    const double floor = background.horizon * pictureSize;
    static constexpr std::array<std::string_view, 6> indoors = {"furniture", "thing", "instrument", "clothing", "tool", "food"};
    static constexpr std::array<std::string_view, 1> furniture = {"furniture"};
    if (random.chance(0.45)) putStand(composition, floor);
    if (random.chance(0.25)) addPanel(composition, random.between(1, 2), 15, 26);
    const double large = random.between(60.0, 100.0);
    composition.put(composition.someSprite(furniture), large, QRectF(30, floor - 40, 196, 60), 0.05);
    for (int left = random.between(1, 4); left > 0; --left) {
        const double size = random.between(30.0, 66.0);
        composition.put(random.chance(0.2) ? composition.someSprite() : composition.someSprite(indoors), size,
                        QRectF(0, 30, pictureSize, pictureSize - 40), 0.08, 6);
    }
}

void composeShapes(Composition& composition) {
    Random& random = composition.random;
    if (random.chance(0.85)) {
        composition.plainBackground();
    } else {
        composition.scene.background.place = random.chance(0.5) ? Place::Table : Place::Blurred;
    }
    const int count = random.between(1, 8);
    const double base = sizeFor(composition, count, 110);
    if (random.chance(0.5)) random.chance(0.5) ? putTogether(composition) : putRow(composition);
    while (static_cast<int>(composition.scene.objects.size()) < count) {
        const bool again = !composition.scene.objects.empty() && random.chance(0.3);
        Object look = again ? random.pick(composition.scene.objects) : composition.someShape();
        const double turn = look.shape == Shape::Square || look.shape == Shape::Diamond ? 0 : 14;
        if (!composition.put(std::move(look), base * random.between(0.55, 1.25), wholePicture, 0, turn)) break;
    }
}

void composeSymbols(Composition& composition) {
    Random& random = composition.random;
    composition.plainBackground();
    const bool handwritten = composition.split() == Split::Digits;
    // Of one alone it can be asked what it shows.
    const int count = handwritten || random.chance(0.6) ? 1 : random.between(2, 4);
    const auto drawn = random.weighted({0.19, 0.19, 0.17, 0.17, 0.14, 0.14});
    const std::size_t kind = handwritten ? 2 : drawn;
    for (int i = 0; i < count; ++i) {
        Object object;
        switch (kind) {
            case 0:
                object.kind = Object::Kind::Die;
                object.name = "die";
                object.reading = std::to_string(random.between(1, 6));
                break;
            case 1: {
                object.kind = Object::Kind::Clock;
                object.name = "clock";
                const int minute = 5 * random.below(12);
                object.reading = std::to_string(random.between(1, 12)) + (minute < 10 ? ":0" : ":") + std::to_string(minute);
                break;
            }
            case 2:
                object.kind = Object::Kind::Digit;
                object.name = "digit";
                object.reading = std::to_string(random.below(10));
                if (handwritten || random.chance(0.5)) object.sample = random.below(composition.materials.sheets.digits(composition.split()));
                break;
            case 3: {
                object.kind = Object::Kind::Sign;
                object.name = random.pick(signNames());
                if (object.name == "speed limit sign") object.reading = std::to_string(10 * random.between(2, 12));
                break;
            }
            case 4:
                object.kind = Object::Kind::Card;
                object.name = "playing card";
                object.reading = random.pick(rankNames());
                object.reading += " of ";
                object.reading += random.pick(suitNames());
                break;
            default:
                object.kind = Object::Kind::Flag;
                object.name = "flag";
                object.reading = random.pick(flagNames());
        }
        object.font = composition.font();
        const double size = kind == 1 || kind == 4 ? random.between(70.0, 110.0) : random.between(44.0, 96.0);
        if (composition.put(object, size / (1 + 0.1 * count), wholePicture, 0, kind == 1 || kind == 2 ? 0 : 8))
            writeOn(composition, composition.scene.objects.back());
    }
}

void composeProduct(Composition& composition) {
    Random& random = composition.random;
    composition.plainBackground();
    Object product;
    product.kind = Object::Kind::Product;
    product.name = random.pick(productNames);
    product.sample = random.below(composition.materials.sheets.products(composition.split()));
    composition.put(std::move(product), random.between(110.0, 200.0), wholePicture);
}

/// Photographs of things in front of the photograph of a place.
void composeComposite(Composition& composition) {
    Random& random = composition.random;
    auto& background = composition.scene.background;
    composition.materials.backdrops.describe(random.pick(composition.materials.backdrops.allowed(composition.split())), background);
    const bool outdoors = isOutdoors(background.place);
    const double horizon = outdoors ? background.horizon * pictureSize : 0;
    const auto photograph = [&] {
        for (int attempt = 0; attempt < 40; ++attempt) {
            Object object = outdoors ? outdoorThing(composition, background.place, false) : composition.someSprite();
            if (object.style == Style::Photograph) return object;
        }
        return composition.someSprite();
    };
    const bool shadow = random.chance(0.5);
    const int kinds = static_cast<int>(random.weighted({0.45, 0.3, 0.15, 0.1})) + 1;
    for (int kind = 0; kind < kinds; ++kind) {
        Object look = photograph();
        look.shadow = shadow;
        const int count = random.chance(0.2) ? random.between(2, 4) : 1;
        const double size = sizeFor(composition, count * kinds, kinds * count == 1 ? 190 : 120);
        for (int i = 0; i < count; ++i) {
            const double top = std::min(horizon + 0.1 * size, 250 - 0.6 * size);
            composition.put(look, size * random.between(0.9, 1.1), QRectF(0, std::max(0.0, top), pictureSize, pictureSize - std::max(0.0, top)), 0.12, 6);
        }
    }
    if (composition.scene.objects.empty()) composition.put(photograph(), 90, wholePicture);
}

void composeClutter(Composition& composition) {
    Random& random = composition.random;
    composition.scene.background.place = random.chance(0.5) ? Place::Table : Place::Blurred;
    const int count = random.between(6, 11);
    for (int i = 0; i < count; ++i) {
        const double size = random.between(38.0, 80.0);
        composition.put(random.chance(0.2) ? composition.someShape() : composition.someSprite(), size, wholePicture, 0.3, 25);
    }
}

}  // namespace fusionscope::world
