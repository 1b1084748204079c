#include "core/world/composition.h"

#include <algorithm>
#include <cmath>

namespace fusionscope::world {

namespace {

double area(const QRectF& rect) { return rect.width() * rect.height(); }

}  // namespace

Composition::Composition(const Materials& materials_, Split split, uint64_t seed)
    : materials(materials_), random(seed), m_fonts(materials_.typefaces.allowed(split)) {
    scene.seed = seed;
    scene.split = split;
    scene.background.seed = random.next();
}

bool Composition::stands(Colour colour) const {
    const auto& background = scene.background;
    return background.place != Place::Plain || distance(rgbOf(colour), background.rgb) > 120;
}

std::optional<Object> Composition::sprite(int noun) {
    Object object;
    object.kind = Object::Kind::Sprite;
    object.noun = noun;
    object.name = materials.nouns[noun].name;
    object.style = split() == Split::Style ? Style::Twemoji : random.chance(0.5) ? Style::Noto : Style::Fluent;
    object.flipped = random.chance(0.4);
    const auto photographs = materials.sprites.photographs(noun, split());
    const double share = split() == Split::Photos ? 1 : split() == Split::Style ? 0 : 0.4;
    if (!photographs.empty() && random.chance(share)) {
        object.style = Style::Photograph;
        object.photograph = random.pick(photographs);
        return object;
    }
    if (!materials.nouns[noun].recoloured) return object;
    std::vector<Colour> fit;
    for (const Colour colour : colours)
        if (pairAllowed(split(), object.name, colour) && stands(colour)) fit.push_back(colour);
    if (fit.empty()) return std::nullopt;
    object.colour = random.pick(fit);
    return object;
}

Object Composition::someSprite(std::span<const std::string_view> categories) {
    while (true) {
        const int noun = random.below(materials.nouns.count());
        // Some scenes need things of which no photograph is held out: those may be drawn.
        const bool anyOther = split() != Split::Photos || random.chance(0.15);
        if (!anyOther && materials.sprites.photographs(noun, split()).empty()) continue;
        if (!categories.empty() &&
            std::find(categories.begin(), categories.end(), materials.nouns[noun].category) == categories.end())
            continue;
        if (auto object = sprite(noun)) return *object;
    }
}

Object Composition::someShape(bool plainFill) {
    Object object;
    object.kind = Object::Kind::Shape;
    do {
        object.shape = static_cast<Shape>(random.below(shapeCount));
        object.colour = random.pick(colours);
        object.name = nameOf(object.shape);
    } while (!pairAllowed(split(), object.name, object.colour) || !stands(object.colour));
    if (!plainFill) object.fill = static_cast<Fill>(random.weighted({0.7, 0.17, 0.13}));
    return object;
}

bool Composition::isFree(const QRectF& rect, double overlap) const {
    return std::all_of(m_taken.begin(), m_taken.end(), [&](const QRectF& other) {
        const QRectF shared = rect & other;
        return shared.isEmpty() || area(shared) <= overlap * std::min(area(rect), area(other));
    });
}

bool Composition::putAt(Object look, double size, QPointF centre, double overlap) {
    look.size = size;
    look.centre = centre;
    look.box = extent(look, materials);
    // The outline's middle is not the middle of its box once it is turned: the box is what is asked for.
    look.centre += centre - look.box.center();
    look.box.moveCenter(centre);
    const QRectF picture(1, 1, pictureSize - 2, pictureSize - 2);
    if (!picture.contains(look.box) || !isFree(look.box, overlap)) return false;
    m_taken.push_back(look.box);
    scene.objects.push_back(std::move(look));
    return true;
}

bool Composition::put(Object look, double size, const QRectF& area, double overlap, double turn) {
    look.angle = turn > 0 ? random.between(-turn, turn) : 0;
    for (int attempt = 0; attempt < 25; ++attempt) {
        const QPointF centre{random.between(area.left(), area.right()), random.between(area.top(), area.bottom())};
        if (putAt(look, size, centre, overlap)) return true;
        size = std::max(18.0, size * 0.97);
    }
    return false;
}

bool Composition::putOn(Object look, double size, int base) {
    look.on = base;
    const QRectF under = scene.objects.at(static_cast<std::size_t>(base)).box;
    look.size = size;
    const QSizeF own = extent(look, materials).size();
    const double room = std::max(0.0, (under.width() - own.width()) / 2);
    const double x = under.center().x() + random.between(-room, room);
    return own.width() < 1.15 * under.width() && putAt(std::move(look), size, {x, under.top() - own.height() / 2});
}

bool Composition::putInto(Object look, double size, int around) {
    look.inside = around;
    return putAt(std::move(look), size, scene.objects.at(static_cast<std::size_t>(around)).box.center(), 1);
}

double Composition::widthOf(const std::string& text, int font, double emSize) const {
    return materials.typefaces.shape(font, text, emSize).advance;
}

void Composition::write(const std::string& text, int font, double emSize, uint32_t ink, QPointF start,
                        const QTransform& plane) {
    TextLine line;
    line.text = text;
    line.font = font;
    line.emSize = emSize;
    line.ink = ink;
    line.transform = QTransform::fromTranslate(start.x(), start.y()) * plane;
    const ShapedText shaped = materials.typefaces.shape(font, text, emSize);
    const QRectF ink_ = shaped.outline.boundingRect();
    line.quad = {line.transform.map(ink_.topLeft()), line.transform.map(ink_.topRight()),
                 line.transform.map(ink_.bottomRight()), line.transform.map(ink_.bottomLeft())};
    line.box = QPolygonF(QList<QPointF>(line.quad.begin(), line.quad.end())).boundingRect();
    line.letterHeight = materials.typefaces.capitalHeight(font) * emSize;
    for (const QPointF letter : shaped.letters) line.letters.push_back(line.transform.map(letter));
    scene.lines.push_back(std::move(line));
}

void Composition::plainBackground() {
    auto& background = scene.background;
    background.place = Place::Plain;
    background.colour = random.chance(0.45) ? Colour::White : random.pick(colours);
    background.rgb = paleForm(background.colour);
}

uint32_t paleForm(Colour colour) {
    const uint32_t pure = rgbOf(colour);
    if (colour == Colour::Black) return 0x2c2f38;
    if (colour == Colour::White) return 0xfcfcfa;
    const double share = colour == Colour::Brown || colour == Colour::Gray ? 0.5 : 0.28;
    uint32_t pale = 0;
    for (const int shift : {0, 8, 16})
        pale |= static_cast<uint32_t>(255 - share * (255 - static_cast<int>((pure >> shift) & 255))) << shift;
    return pale;
}

uint32_t inkOn(uint32_t rgb) {
    const uint32_t luminance = (((rgb >> 16) & 255) * 3 + ((rgb >> 8) & 255) * 6 + (rgb & 255)) / 10;
    return luminance > 125 ? 0x17181f : 0xfafafa;
}

}  // namespace fusionscope::world
