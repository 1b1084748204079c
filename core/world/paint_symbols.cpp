#include <QPainter>
#include <cmath>
#include <map>

#include "core/world/outlines.h"
#include "core/world/painter.h"

namespace fusionscope::world {

namespace {

constexpr QRgb white = 0xfffafafa, black = 0xff17181f, red = 0xffc8202c, blue = 0xff1f55b0, yellow = 0xfff4c81e;

void paintDie(QPainter& painter, const Object& die) {
    painter.fillPath(outlineOf(die), QColor(white));
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(QColor(black), 0.03));
    painter.drawRoundedRect(QRectF(-0.485, -0.485, 0.97, 0.97), 0.15, 0.15);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(black));
    const int pips = std::stoi(die.reading);
    const auto pip = [&](double x, double y) { painter.drawEllipse(QPointF(x * 0.26, y * 0.26), 0.085, 0.085); };
    if (pips % 2 == 1) pip(0, 0);
    if (pips >= 2) pip(-1, -1), pip(1, 1);
    if (pips >= 4) pip(1, -1), pip(-1, 1);
    if (pips == 6) pip(-1, 0), pip(1, 0);
}

void paintClock(QPainter& painter, const Object& clock) {
    painter.fillPath(outlineOf(clock), QColor(black));
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(white));
    painter.drawEllipse(QPointF(0, 0), 0.46, 0.46);
    const auto hand = [&](double turn, double from, double to, double width) {
        const double angle = 2 * M_PI * turn - M_PI / 2;
        const QPointF direction(std::cos(angle), std::sin(angle));
        painter.setPen(QPen(QColor(black), width, Qt::SolidLine, Qt::RoundCap));
        painter.drawLine(direction * from, direction * to);
    };
    for (int hour = 0; hour < 12; ++hour) hand(hour / 12.0, hour % 3 == 0 ? 0.36 : 0.39, 0.42, hour % 3 == 0 ? 0.035 : 0.02);
    const auto colon = clock.reading.find(':');
    const int hour = std::stoi(clock.reading.substr(0, colon)), minute = std::stoi(clock.reading.substr(colon + 1));
    hand((hour + minute / 60.0) / 12, 0, 0.22, 0.06);
    hand(minute / 60.0, 0, 0.36, 0.035);
}

void paintArrow(QPainter& painter, double degrees) {
    painter.save();
    painter.rotate(degrees);
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(white));
    painter.drawRect(QRectF(-0.06, -0.1, 0.12, 0.4));
    painter.drawPolygon(QPolygonF({QPointF(0, -0.34), QPointF(0.2, -0.08), QPointF(-0.2, -0.08)}));
    painter.restore();
}

void paintWalker(QPainter& painter) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(QColor(white));
    painter.drawPolygon(QPolygonF({QPointF(0, -0.42), QPointF(0.42, 0.36), QPointF(-0.42, 0.36)}));
    painter.setBrush(QColor(black));
    painter.drawEllipse(QPointF(0, -0.15), 0.065, 0.065);
    painter.setPen(QPen(QColor(black), 0.055, Qt::SolidLine, Qt::RoundCap));
    painter.drawLine(QPointF(0, -0.06), QPointF(0, 0.12));
    painter.drawLine(QPointF(0, 0.12), QPointF(-0.1, 0.3));
    painter.drawLine(QPointF(0, 0.12), QPointF(0.1, 0.3));
    painter.drawLine(QPointF(-0.11, 0.04), QPointF(0.11, 0.04));
}

/// The sign's outline in an edge colour with its inner part in another.
void paintPlate(QPainter& painter, const Object& sign, QRgb edge, QRgb inner, double share, double shift = 0) {
    const QPainterPath outline = outlineOf(sign);
    painter.fillPath(outline, QColor(edge));
    const QPointF middle = outline.boundingRect().center() + QPointF(0, shift);
    painter.fillPath(QTransform(share, 0, 0, share, middle.x() * (1 - share), middle.y() * (1 - share) + shift * share).map(outline),
                     QColor(inner));
}

void paintSign(QPainter& painter, const Object& sign) {
    const std::string& name = sign.name;
    if (name == "stop sign") return paintPlate(painter, sign, white, red, 0.93);
    if (name == "yield sign") return paintPlate(painter, sign, red, white, 0.66, -0.02);
    if (name == "priority sign") return paintPlate(painter, sign, white, yellow, 0.78);
    if (name == "speed limit sign") return paintPlate(painter, sign, red, white, 0.76);
    if (name == "parking sign") return paintPlate(painter, sign, white, blue, 0.94);
    if (name == "crossing sign") {
        paintPlate(painter, sign, white, blue, 0.94);
        return paintWalker(painter);
    }
    if (name == "warning sign") {
        paintPlate(painter, sign, red, white, 0.66, 0.02);
        painter.setPen(Qt::NoPen);
        painter.setBrush(QColor(black));
        painter.drawRoundedRect(QRectF(-0.035, -0.13, 0.07, 0.24), 0.03, 0.03);
        painter.drawEllipse(QPointF(0, 0.19), 0.042, 0.042);
        return;
    }
    if (name == "no entry sign") {
        paintPlate(painter, sign, white, red, 0.94);
        painter.fillRect(QRectF(-0.34, -0.085, 0.68, 0.17), QColor(white));
        return;
    }
    if (name == "no parking sign") {
        paintPlate(painter, sign, red, blue, 0.8);
        painter.setPen(QPen(QColor(red), 0.08));
        painter.drawLine(QPointF(-0.3, -0.3), QPointF(0.3, 0.3));
        return;
    }
    paintPlate(painter, sign, white, blue, 0.95);
    paintArrow(painter, name == "turn left sign" ? -90 : name == "turn right sign" ? 90 : 0);
}

struct Stripes {
    bool vertical;
    std::array<QRgb, 3> colours;
};

struct NordicCross {
    QRgb field, edge, cross;
};

const std::map<std::string, Stripes>& stripedFlags() {
    static const std::map<std::string, Stripes> flags = {
        {"France", {true, {0x1f3a93, white, 0xe1303c}}},      {"Italy", {true, {0x128a45, white, 0xcd2a36}}},
        {"Ireland", {true, {0x169b62, white, 0xff883e}}},     {"Belgium", {true, {black, 0xfae042, 0xed2939}}},
        {"Romania", {true, {0x1c3a8c, 0xfcd116, 0xce1126}}},  {"Nigeria", {true, {0x108a53, white, 0x108a53}}},
        {"Germany", {false, {black, 0xdd1414, 0xffce00}}},    {"Netherlands", {false, {0xae1c28, white, 0x21468b}}},
        {"Russia", {false, {white, 0x1440a8, 0xd52b1e}}},     {"Austria", {false, {0xd82a36, white, 0xd82a36}}},
        {"Hungary", {false, {0xcd2a3e, white, 0x436f4d}}},    {"Bulgaria", {false, {white, 0x109670, 0xd62612}}},
        {"Estonia", {false, {0x2a7ad0, black, white}}},       {"Lithuania", {false, {0xfdb913, 0x106a44, 0xc1272d}}}};
    return flags;
}

const std::map<std::string, NordicCross>& crossFlags() {
    static const std::map<std::string, NordicCross> flags = {{"Sweden", {0x106aa7, 0xfecc00, 0xfecc00}},
                                                             {"Finland", {white, 0x183580, 0x183580}},
                                                             {"Denmark", {0xc8102e, white, white}},
                                                             {"Norway", {0xba1c2b, white, 0x10205b}},
                                                             {"Iceland", {0x12529c, white, 0xd72828}}};
    return flags;
}

void paintFlag(QPainter& painter, const Object& flag) {
    const QRectF cloth(-0.5, -1.0 / 3, 1, 2.0 / 3);
    const auto halves = [&](QRgb top, QRgb bottom) {
        painter.fillRect(cloth, QColor(bottom));
        painter.fillRect(QRectF(cloth.topLeft(), QSizeF(1, 1.0 / 3)), QColor(top));
    };
    if (const auto striped = stripedFlags().find(flag.reading); striped != stripedFlags().end()) {
        for (int i = 0; i < 3; ++i) {
            const auto [vertical, colours] = striped->second;
            // A stripe reaches to the far edge and the next covers the rest of it, so that no seam shows.
            const QRectF stripe = vertical ? cloth.adjusted(i / 3.0, 0, 0, 0) : cloth.adjusted(0, i * 2.0 / 9, 0, 0);
            painter.fillRect(stripe, QColor(colours[static_cast<std::size_t>(i)]));
        }
    } else if (const auto crossed = crossFlags().find(flag.reading); crossed != crossFlags().end()) {
        const auto [field, edge, cross] = crossed->second;
        painter.fillRect(cloth, QColor(field));
        const auto bars = [&](QRgb colour, double width) {
            painter.fillRect(QRectF(-0.14 - width / 2, cloth.top(), width, cloth.height()), QColor(colour));
            painter.fillRect(QRectF(-0.5, -width / 2, 1, width), QColor(colour));
        };
        bars(edge, 0.17);
        if (cross != edge) bars(cross, 0.09);
    } else if (flag.reading == "Poland") {
        halves(white, 0xd4213d);
    } else if (flag.reading == "Indonesia") {
        halves(0xd4213d, white);
    } else if (flag.reading == "Ukraine") {
        halves(0x1057b7, 0xffd700);
    } else if (flag.reading == "Japan") {
        painter.fillRect(cloth, QColor(white));
        painter.setPen(Qt::NoPen);
        painter.setBrush(QColor(0xbc102d));
        painter.drawEllipse(QPointF(0, 0), 0.2, 0.2);
    } else {  // Switzerland
        painter.fillRect(cloth, QColor(0xda291c));
        painter.fillRect(QRectF(-0.06, -0.2, 0.12, 0.4), QColor(white));
        painter.fillRect(QRectF(-0.2, -0.06, 0.4, 0.12), QColor(white));
    }
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(QColor(110, 110, 116), 0.012));
    painter.drawRect(cloth.adjusted(0.006, 0.006, -0.006, -0.006));
}

void paintCard(QPainter& painter, const Object& card) {
    painter.fillPath(outlineOf(card), QColor(0x8c8c94));
    painter.fillPath(QTransform::fromScale(0.97, 0.98).map(outlineOf(card)), QColor(white));
    const std::string suit = card.reading.substr(card.reading.rfind(' ') + 1);
    const QColor colour(suit == "hearts" || suit == "diamonds" ? red : black);
    painter.fillPath(QTransform(0.36, 0, 0, 0.36, 0, 0.12).map(outlineOfSuit(suit)), colour);
    painter.fillPath(QTransform(0.13, 0, 0, 0.13, 0.22, -0.36).map(outlineOfSuit(suit)), colour);
}

void paintStand(QPainter& painter, const Object& stand) {
    const QPainterPath outline = outlineOf(stand);
    painter.fillPath(outline, QColor(0x8a5a33));
    // The board is lighter than what carries it.
    const QRectF board = stand.name == "shelf" ? QRectF(-0.5, -0.09, 1, 0.05) : QRectF(-0.5, -0.25, 1, 0.06);
    painter.fillRect(board, QColor(0xb98452));
}

}  // namespace

void paintSymbol(QPainter& painter, const Object& object) {
    switch (object.kind) {
        case Object::Kind::Die: return paintDie(painter, object);
        case Object::Kind::Clock: return paintClock(painter, object);
        case Object::Kind::Sign: return paintSign(painter, object);
        case Object::Kind::Flag: return paintFlag(painter, object);
        case Object::Kind::Card: return paintCard(painter, object);
        case Object::Kind::Stand: return paintStand(painter, object);
        default:
            painter.fillPath(outlineOf(object), QColor(0x8c8c94));
            painter.fillPath(QTransform::fromScale(0.96, 0.97).map(outlineOf(object)), QColor(white));
    }
}

}  // namespace fusionscope::world
