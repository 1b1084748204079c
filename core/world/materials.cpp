#include "core/world/materials.h"

#include "core/world/outlines.h"

namespace fusionscope::world {

Materials Materials::load(const std::filesystem::path& folder) {
    Nouns nouns = Nouns::read(folder / "nouns.txt");
    Sprites sprites = Sprites::load(folder / "sprites", folder / "photographs", nouns);
    return {std::move(nouns), std::move(sprites), Typefaces::load(folder / "fonts"), Words::read(folder / "words.txt"),
            Tables::read(folder / "tables.txt"), Sheets::load(folder / "photographs"), Backdrops::load(folder / "photographs")};
}

QTransform placement(const Object& object) {
    QTransform transform;
    transform.translate(object.centre.x(), object.centre.y());
    transform.rotate(object.angle);
    transform.scale(object.flipped ? -object.size : object.size, object.size);
    return transform;
}

QRectF extent(const Object& object, const Materials& materials) {
    const QTransform transform = placement(object);
    switch (object.kind) {
        case Object::Kind::Bar: return object.box;
        case Object::Kind::Sprite:
            return transform.map(materials.sprites.sprite(object).hull).boundingRect();
        default: return transform.map(outlineOf(object)).boundingRect();
    }
}

}  // namespace fusionscope::world
