#include "core/world/backgrounds.h"

#include <algorithm>
#include <cmath>

#include "core/world/random.h"

namespace fusionscope::world {

namespace {

constexpr int side = pictureSize;

/// Smooth noise of `columns` x `rows` random heights over the picture, tiling, as darkening and lightening.
QImage grain(Random& random, int columns, int rows) {
    std::vector<double> heights(static_cast<std::size_t>(columns * rows));
    for (double& height : heights) height = random.between(-1.0, 1.0);
    const auto at = [&](int x, int y) {
        return heights[static_cast<std::size_t>((y % rows) * columns + x % columns)];
    };
    const auto eased = [](double t) { return t * t * (3 - 2 * t); };
    QImage image(side, side, QImage::Format_ARGB32_Premultiplied);
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) {
            const double u = static_cast<double>(x) * columns / side, v = static_cast<double>(y) * rows / side;
            const int i = static_cast<int>(u), j = static_cast<int>(v);
            const double fx = eased(u - i), fy = eased(v - j);
            const double height = (at(i, j) * (1 - fx) + at(i + 1, j) * fx) * (1 - fy) +
                                  (at(i, j + 1) * (1 - fx) + at(i + 1, j + 1) * fx) * fy;
            const int alpha = static_cast<int>(std::abs(height) * 120);
            const int level = height > 0 ? alpha : 0;
            image.setPixel(x, y, qRgba(level, level, level, alpha));
        }
    return image;
}

QColor varied(Random& random, QRgb colour, int by = 14) {
    const auto channel = [&](int value) { return std::clamp(value + random.between(-by, by), 0, 255); };
    return QColor{channel(qRed(colour)), channel(qGreen(colour)), channel(qBlue(colour))};
}

/// Fills whole rows from one colour to another, each a little different from picture to picture. Qt's own gradients do
/// not always give the same bytes.
void gradient(QPainter& painter, Random& random, const QRectF& area, QRgb topTone, QRgb bottomTone, int by) {
    const QColor top = varied(random, topTone, by), bottom = varied(random, bottomTone, by);
    const QRect rect = area.toAlignedRect();
    const auto between = [&](int from, int to, int row) { return from + (to - from) * row / std::max(1, rect.height() - 1); };
    for (int row = 0; row < rect.height(); ++row)
        painter.fillRect(QRect(rect.left(), rect.top() + row, rect.width(), 1),
                         QColor(between(top.red(), bottom.red(), row), between(top.green(), bottom.green(), row),
                                between(top.blue(), bottom.blue(), row)));
}

/// Lays grain over a rectangle, starting at a random place of it.
void overlay(QPainter& painter, Random& random, const QRectF& area, const QImage& texture, double strength) {
    const QRect rect = area.toAlignedRect();
    const QPoint start{random.below(side), random.below(side)};
    painter.setOpacity(strength);
    for (const int x : {start.x() - side, start.x()})
        for (const int y : {start.y() - side, start.y()}) {
            const QRect part = rect & QRect(x, y, side, side);
            if (!part.isEmpty()) painter.drawImage(part.topLeft(), texture, part.translated(-x, -y));
        }
    painter.setOpacity(1);
}

void paintSky(QPainter& painter, Random& random, const Background& background, const Textures& textures, const QRectF& rect) {
    struct Tones {
        QRgb top, bottom;
    };
    static constexpr std::array<Tones, 4> tones = {
        Tones{0x5aa0eb, 0xd8ecfa}, Tones{0x9aa6b2, 0xd3d9de}, Tones{0x6a6fb8, 0xf7b27a}, Tones{0x0c0e28, 0x2d2a58}};
    const auto& chosen = tones[static_cast<std::size_t>(background.sky)];
    gradient(painter, random, rect, chosen.top, chosen.bottom, 14);
    overlay(painter, random, rect, textures.clouds, background.sky == Sky::Cloudy ? 0.5 : 0.14);
    if (background.sky != Sky::Night) return;
    for (int i = 0; i < 50; ++i) {
        const int level = random.between(140, 250);
        painter.fillRect(QRectF{static_cast<double>(random.below(side)), rect.top() + random.unit() * rect.height(), 1, 1}, QColor(level, level, level));
    }
}

QPolygonF ridge(Random& random, double base, double least, double most) {
    QPolygonF points{QPointF(-10, base)};
    for (double x = -10; x < side + 10; x += random.between(18, 46))
        points << QPointF(x, base - random.between(least, most));
    return points << QPointF(side + 10, base - least) << QPointF(side + 10, base);
}

void paintGroundDetails(QPainter& painter, Random& random, const Background& background, const QRectF& ground) {
    painter.setPen(Qt::NoPen);
    switch (background.place) {
        case Place::Mountains:
            painter.setBrush(varied(random, 0x6f7f92));
            painter.drawPolygon(ridge(random, ground.top() + 1, 14, 62));
            break;
        case Place::Street: {
            painter.setBrush(varied(random, 0x9a9084, 24));
            painter.drawPolygon(ridge(random, ground.top() + 1, 6, 24));
            painter.fillRect(QRectF(0, ground.top(), side, 0.12 * ground.height()), QColor(0xb4b2ac));
            const double middle = ground.top() + 0.55 * ground.height();
            for (int x = random.below(24); x < side; x += 44) painter.fillRect(QRectF(x, middle, 24, 4), QColor(0xe8e6da));
            break;
        }
        case Place::Beach:
            gradient(painter, random, QRectF(0, ground.top() - 14, side, 18), 0x2f7fb4, 0x7cc4d8, 14);
            break;
        case Place::Sea:
            painter.setPen(QPen(QColor(255, 255, 255, 70), 1.4));
            painter.setBrush(Qt::NoBrush);
            for (int i = 0; i < 26; ++i) {
                const double y = ground.top() + 4 + random.unit() * ground.height(), width = 6 + 0.12 * (y - ground.top());
                painter.drawArc(QRectF(random.below(side), y, width, 4), 0, 180 * 16);
            }
            break;
        case Place::Park: {
            const int left = random.between(20, 110), right = random.between(130, 230), end = random.between(90, 170);
            const int bendLeft = random.between(60, 150), bendRight = random.between(150, 220);
            QPainterPath path(QPointF(left, side));
            path.quadTo(QPointF(bendLeft, 200), QPointF(end, ground.top()));
            path.lineTo(end + 8, ground.top());
            path.quadTo(QPointF(bendRight, 200), QPointF(right, side));
            painter.fillPath(path, varied(random, 0xd9c9a0));
            break;
        }
        case Place::Meadow:
            for (int i = 0; i < 60; ++i) {
                const double y = ground.top() + 6 + random.unit() * (ground.height() - 8);
                painter.fillRect(QRectF(random.below(side), y, 1.2, 4), QColor(40, 96, 34, 120));
            }
            break;
        default: break;
    }
    painter.setPen(Qt::NoPen);
}

void paintOutdoor(QPainter& painter, Random& random, const Background& background, const Textures& textures) {
    struct Tones {
        QRgb top, bottom;
    };
    const Tones tones = [&]() -> Tones {
        switch (background.place) {
            case Place::Meadow: return {0x8cc060, 0x4b8a32};
            case Place::Park: return {0x86bb6a, 0x5a9a44};
            case Place::Mountains: return {0x8f9a6a, 0x5f7444};
            case Place::Beach: return {0xeed8a2, 0xd6b476};
            case Place::Sea: return {0x4a9cc4, 0x175288};
            case Place::Snow: return {0xf4f8fc, 0xd6e2ee};
            case Place::Desert: return {0xe4b06a, 0xbe7e40};
            default: return {0x8c8c90, 0x5c5c62};
        }
    }();
    const double horizon = std::round(background.horizon * side);
    const QRectF sky(0, 0, side, horizon), ground(0, horizon, side, side - horizon);
    paintSky(painter, random, background, textures, sky);
    const auto lit = [&](QRgb tone) { return background.sky == Sky::Night ? QColor(tone).darker(225).rgb() : tone; };
    gradient(painter, random, ground, lit(tones.top), lit(tones.bottom), 10);
    const bool flat = background.place == Place::Street || background.place == Place::Snow;
    overlay(painter, random, ground, textures.fine, flat ? 0.16 : 0.3);
    overlay(painter, random, ground, textures.ripples, flat ? 0.1 : 0.25);
    paintGroundDetails(painter, random, background, ground);
}

void paintRoom(QPainter& painter, Random& random, const Background& background, const Textures& textures) {
    static constexpr std::array<QRgb, 6> walls = {0xe6dac6, 0xd5e2e8, 0xe8d4d4, 0xdce6d0, 0xe4e0ee, 0xf2ead0};
    static constexpr std::array<QRgb, 3> floors = {0xa2744a, 0x8a6a50, 0xb9a58c};
    const double floorTop = std::round(background.horizon * side);
    const QRectF wall(0, 0, side, floorTop), floor(0, floorTop, side, side - floorTop);
    const QRgb tone = random.pick(walls), boards = random.pick(floors);
    gradient(painter, random, wall, tone, QColor(tone).darker(108).rgb(), 5);
    overlay(painter, random, wall, textures.coarse, 0.06);
    gradient(painter, random, floor, boards, QColor(boards).darker(125).rgb(), 6);
    overlay(painter, random, floor, textures.planks, 0.3);
    painter.fillRect(QRectF(0, floorTop - 5, side, 5), QColor(0xf4f2ec));
}

void paintTable(QPainter& painter, Random& random, const Textures& textures) {
    static constexpr std::array<QRgb, 4> woods = {0xa9774a, 0x8d5f3a, 0xc49a68, 0xb08a62};
    const QRgb tone = random.pick(woods);
    painter.fillRect(QRectF(0, 0, side, side), varied(random, tone, 10));
    overlay(painter, random, QRectF(0, 0, side, side), textures.wood, 0.5);
    overlay(painter, random, QRectF(0, 0, side, side), textures.planks, 0.15);
}

void paintBlurred(QPainter& painter, Random& random) {
    QImage spots(6, 6, QImage::Format_RGB32);
    const int hue = random.below(360), saturation = random.between(20, 140), value = random.between(90, 220);
    const QRgb tone = QColor::fromHsv(hue, saturation, value).rgb();
    for (int y = 0; y < 6; ++y)
        for (int x = 0; x < 6; ++x) spots.setPixel(x, y, varied(random, tone, 52).rgb());
    painter.drawImage(QRectF(0, 0, side, side), spots.scaled(64, 64, Qt::IgnoreAspectRatio, Qt::SmoothTransformation));
}

}  // namespace

Textures Textures::make() {
    Random random(hashOf("textures"));
    Textures textures{grain(random, 96, 96), grain(random, 24, 24), grain(random, 6, 6),  grain(random, 4, 9),
                      grain(random, 16, 40), grain(random, 6, 80), grain(random, 3, 70), {}};
    textures.levels.resize(std::size_t{side} * side);
    // The sum of three dice is near enough to a normal distribution for grain.
    for (auto& level : textures.levels)
        level = static_cast<int8_t>((random.between(-127, 127) + random.between(-127, 127) + random.between(-127, 127)) / 3);
    return textures;
}

void paintBackground(QPainter& painter, const Background& background, const Textures& textures, const Backdrops& backdrops) {
    Random random(background.seed);
    if (background.photograph >= 0) {
        painter.drawImage(0, 0, backdrops.part(background, random));
        return;
    }
    switch (background.place) {
        case Place::Plain: {
            painter.fillRect(QRectF(0, 0, side, side), QColor::fromRgb(background.rgb));
            if (random.chance(0.4)) overlay(painter, random, QRectF(0, 0, side, side), textures.coarse, random.between(0.03, 0.1));
            if (random.chance(0.3)) overlay(painter, random, QRectF(0, 0, side, side), textures.fine, 0.05);
            break;
        }
        case Place::Blurred: paintBlurred(painter, random); break;
        case Place::Table: paintTable(painter, random, textures); break;
        case Place::Room: paintRoom(painter, random, background, textures); break;
        default: paintOutdoor(painter, random, background, textures);
    }
}

}  // namespace fusionscope::world
