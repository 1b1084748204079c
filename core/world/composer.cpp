#include "core/world/composer.h"

#include <algorithm>

#include "core/world/composition.h"

namespace fusionscope::world {

namespace {

void addEffects(Composition& composition) {
    Random& random = composition.random;
    Effects& effects = composition.scene.effects;
    if (random.chance(0.5)) {
        effects.brightness = random.between(-24.0, 24.0);
        effects.contrast = random.between(0.8, 1.2);
    }
    // Blur is kept from small letters, which would become illegible.
    const auto& lines = composition.scene.lines;
    const bool smallText = std::any_of(lines.begin(), lines.end(), [](const TextLine& line) { return line.letterHeight < 9; });
    if (!smallText && random.chance(0.2)) effects.blur = random.between(0.3, 1.1);
    if (random.chance(0.25)) effects.noise = random.between(3.0, 12.0);
    if (random.chance(0.35)) effects.jpegQuality = random.between(smallText ? 60 : 35, 92);
    effects.seed = random.next();
}

/// Top to bottom, then left to right; lines whose middles are at about the same height are one row.
void sortIntoReadingOrder(std::vector<TextLine>& lines) {
    std::stable_sort(lines.begin(), lines.end(), [](const TextLine& a, const TextLine& b) {
        return a.box.center().y() < b.box.center().y();
    });
    for (auto row = lines.begin(); row != lines.end();) {
        const auto end = std::find_if(row, lines.end(), [&](const TextLine& line) {
            return line.box.center().y() > row->box.center().y() + 0.6 * row->letterHeight;
        });
        std::stable_sort(row, end, [](const TextLine& a, const TextLine& b) { return a.box.left() < b.box.left(); });
        row = end;
    }
}

}  // namespace

std::string_view nameOf(Family family) {
    static constexpr std::array<std::string_view, families.size()> names = {"outdoor", "table", "grid",    "room",   "shapes",
                                                              "text",    "chart", "symbols", "clutter", "product", "composite"};
    return names.at(static_cast<std::size_t>(family));
}

Scene compose(const Materials& materials, Split split, uint64_t seed, std::optional<Family> family) {
    using Compose = void (*)(Composition&);
    static constexpr std::array<Compose, families.size()> composers = {
        composeOutdoor, composeTable, composeGrid,    composeRoom,   composeShapes,
        composeText,    composeChart, composeSymbols, composeClutter, composeProduct, composeComposite};
    Composition composition(materials, split, seed);
    const std::size_t drawn = composition.random.weighted({0.16, 0.10, 0.06, 0.09, 0.11, 0.17, 0.11, 0.06, 0.04, 0.02, 0.08});
    if (split == Split::Fashion) family = Family::Product;
    if (split == Split::Digits) family = Family::Symbols;
    composition.scene.family = family.value_or(families[drawn]);
    composers[static_cast<std::size_t>(composition.scene.family)](composition);
    sortIntoReadingOrder(composition.scene.lines);
    addEffects(composition);
    return std::move(composition.scene);
}

}  // namespace fusionscope::world
