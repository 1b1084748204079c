#include <algorithm>
#include <array>
#include <cmath>

#include "core/world/composition.h"
#include "core/world/grammar.h"

/// Signs, notes, receipts, labels and posters.
namespace fusionscope::world {

namespace {

enum class Align { Left, Middle, Right };

/// A line of a panel before it has a place.
struct Row {
    std::string text;
    double em;
    Align align;
    std::string price;  ///< at the right end of the same row; receipts only
};

struct Draft {
    Panel::Kind kind;
    std::string name;
    uint32_t fill, edge, ink;
    std::vector<Row> rows;
};

/// A flat or slightly turned plane seen a little from the side, with its middle at the origin.
QTransform seen(Random& random, const QRectF& rect) {
    QTransform turned;
    if (random.chance(0.6)) turned.rotate(random.between(-8.0, 8.0));
    if (!random.chance(0.4)) return turned;
    QPolygonF corners, moved;
    for (const QPointF corner : {rect.topLeft(), rect.topRight(), rect.bottomRight(), rect.bottomLeft()}) {
        corners << corner;
        moved << QPointF{corner.x() * random.between(0.9, 1.0), corner.y() * random.between(0.9, 1.0)};
    }
    QTransform perspective;
    return QTransform::quadToQuad(corners, moved, perspective) ? perspective * turned : turned;
}

std::string price(int cents) {
    std::string text = "$";
    text += std::to_string(cents / 100);
    text += cents % 100 < 10 ? ".0" : ".";
    return text += std::to_string(cents % 100);
}

Draft someDraft(Composition& composition, int lines, double em) {
    Random& random = composition.random;
    const Split split = composition.split();
    const auto line = [&](int words, int letters) { return composition.materials.words.line(random, split, words, letters); };
    Draft draft{Panel::Kind::Board, "sign", 0, 0, 0, {}};
    const auto plain = [&](Align align, int words, int letters) {
        for (int i = 0; i < lines; ++i) draft.rows.push_back({line(words, letters), em, align, {}});
    };
    switch (lines >= 3 ? random.weighted({0.2, 0.3, 0.25, 0.05, 0.15, 0.05}) : random.weighted({0.5, 0.13, 0, 0.15, 0.07, 0.15})) {
        case 0:
            draft.fill = rgbOf(random.pick(colours));
            draft.edge = inkOn(draft.fill);
            plain(Align::Middle, 2, 14);
            break;
        case 1:
            draft.kind = Panel::Kind::Paper;
            draft.name = "note";
            draft.fill = random.pick(std::array<uint32_t, 4>{0xfff7a8, 0xffffff, 0xd9f0ff, 0xffdbe6});
            draft.edge = 0xb9b9b0;
            plain(Align::Left, 3, 18);
            break;
        case 2: {
            draft.kind = Panel::Kind::Paper;
            draft.name = "receipt";
            draft.fill = 0xfbfbf8;
            draft.edge = 0xc4c4c0;
            draft.rows.push_back({inCapitals(composition.materials.words.word(random, split)), em * 1.15, Align::Middle, {}});
            int total = 0;
            for (int i = 2; i < lines; ++i) {
                const int cents = random.between(100, 2999);
                total += cents;
                draft.rows.push_back({capitalised(composition.materials.words.word(random, split)), em, Align::Left, price(cents)});
            }
            draft.rows.push_back({"Total", em, Align::Left, price(total)});
            break;
        }
        case 3:
            draft.kind = Panel::Kind::Label;
            draft.name = "label";
            draft.fill = 0xfdfdfb;
            draft.edge = rgbOf(random.pick(colours));
            plain(Align::Middle, 2, 12);
            break;
        case 4:
            draft.name = "poster";
            draft.fill = paleForm(random.pick(colours));
            draft.edge = 0x40424c;
            plain(Align::Middle, 2, 14);
            draft.rows.front().em *= 1.5;
            break;
        default:
            draft.kind = Panel::Kind::None;
            draft.name.clear();
            plain(random.chance(0.5) ? Align::Left : Align::Middle, 2, 14);
    }
    draft.ink = draft.name == "sign" ? inkOn(draft.fill) : random.pick(std::array<uint32_t, 4>{0x17181f, 0x1d2c6b, 0x6b1d1d, 0x33343c});
    if (draft.kind == Panel::Kind::None) {
        const auto& background = composition.scene.background;
        draft.ink = inkOn(background.place == Place::Plain ? background.rgb : 0x404040);
    }
    if (random.chance(0.12) && draft.name != "sign" && draft.kind != Panel::Kind::None) draft.ink = 0x7a7c84;  // low contrast
    return draft;
}

}  // namespace

bool addPanel(Composition& composition, int lines, double leastEm, double mostEm) {
    Random& random = composition.random;
    Draft draft = someDraft(composition, lines, random.between(leastEm, mostEm));
    const int font = composition.font();
    const double gap = random.between(1.18, 1.5);
    double width = 0, height = 0;
    const auto measure = [&] {
        width = height = 0;
        for (const Row& row : draft.rows) {
            const std::string all = row.price.empty() ? row.text : row.text + "   " + row.price;
            width = std::max(width, composition.widthOf(all, font, row.em));
            height += row.em * gap;
        }
    };
    measure();
    const double margin = 0.5 * draft.rows.back().em + 3;
    const double fit = std::min({1.0, (232 - 2 * margin) / width, (226 - 2 * margin) / height});
    for (Row& row : draft.rows) {
        row.em *= fit;
        // Letters below 9 pixels are left to charts; such a panel is given up.
        if (row.em * composition.materials.typefaces.capitalHeight(font) < 7.5) return false;
    }
    measure();
    const QRectF rect(-width / 2 - margin, -height / 2 - margin, width + 2 * margin, height + 2 * margin);
    const QTransform view = seen(random, rect);
    const QRectF seenRect = view.map(QPolygonF(rect)).boundingRect();
    for (int attempt = 0; attempt < 30; ++attempt) {
        const double freeWidth = pictureSize - 4 - seenRect.width(), freeHeight = pictureSize - 4 - seenRect.height();
        if (freeWidth < 0 || freeHeight < 0) return false;
        const QPointF corner{2 + freeWidth * random.unit(), 2 + freeHeight * random.unit()};
        const QRectF box(corner, seenRect.size());
        if (!composition.isFree(box, 0)) continue;
        composition.reserve(box);
        const QPointF shift = corner - seenRect.topLeft();
        const QTransform plane = view * QTransform::fromTranslate(shift.x(), shift.y());
        composition.scene.panels.push_back({draft.kind, draft.name, rect, plane, draft.fill, draft.edge, box});
        double y = -height / 2;
        for (const Row& row : draft.rows) {
            y += row.em * gap;
            const double baseline = y - row.em * (gap - 1) / 2 - 0.2 * row.em;
            const double free = width - composition.widthOf(row.text, font, row.em);
            const double x = row.align == Align::Left ? 0 : row.align == Align::Middle ? free / 2 : free;
            composition.write(row.text, font, row.em, draft.ink, {x - width / 2, baseline}, plane);
            if (!row.price.empty())
                composition.write(row.price, font, row.em, draft.ink,
                                  {width / 2 - composition.widthOf(row.price, font, row.em), baseline}, plane);
        }
        return true;
    }
    return false;
}

void composeText(Composition& composition) {
    Random& random = composition.random;
    const auto place = random.weighted({0.45, 0.2, 0.15, 0.2});
    if (place == 0) composition.plainBackground();
    if (place == 1) composition.scene.background.place = Place::Table;
    if (place == 2) composition.scene.background.place = Place::Blurred;
    if (place == 3) {
        composition.scene.background.place = random.chance(0.6) ? Place::Street : Place::Park;
        composition.scene.background.sky = random.chance(0.8) ? Sky::Day : Sky::Cloudy;
    }
    static constexpr std::array<double, 6> mostEm = {84, 52, 38, 30, 27, 25};
    while (composition.scene.lines.empty()) {
        const int lines = static_cast<int>(random.weighted({0.34, 0.24, 0.16, 0.12, 0.08, 0.06})) + 1;
        addPanel(composition, lines, 13, mostEm[static_cast<std::size_t>(lines - 1)]);
    }
    if (random.chance(0.15)) addPanel(composition, 1, 13, 30);
    if (!random.chance(0.3)) return;
    const double size = random.between(34.0, 70.0);
    composition.put(composition.someSprite(), size, QRectF(0, 0, pictureSize, pictureSize), 0, 8);
}

}  // namespace fusionscope::world
