#include "core/world/outlines.h"

#include <array>
#include <cmath>
#include <numbers>

namespace fusionscope::world {

namespace {

constexpr double pi = std::numbers::pi;

QPainterPath polygon(int corners, double firstAngle, double innerRadius = 0) {
    QPolygonF points;
    const int steps = innerRadius > 0 ? 2 * corners : corners;
    for (int i = 0; i < steps; ++i) {
        const double angle = firstAngle + 2 * pi * i / steps;
        const double radius = innerRadius > 0 && i % 2 == 1 ? innerRadius : 0.5;
        points << QPointF(radius * std::cos(angle), radius * std::sin(angle));
    }
    QPainterPath path;
    path.addPolygon(points);
    path.closeSubpath();
    return path;
}

QPainterPath centred(const QPainterPath& path) {
    const QRectF box = path.boundingRect();
    const double scale = 1 / std::max(box.width(), box.height());
    return QTransform(scale, 0, 0, scale, -box.center().x() * scale, -box.center().y() * scale).map(path);
}

QPainterPath ellipse() {
    QPainterPath path;
    path.addEllipse(QPointF(0, 0), 0.5, 0.5);
    return path;
}

QPainterPath rectangle(double width, double height, double corner = 0) {
    QPainterPath path;
    path.addRoundedRect(QRectF(-width / 2, -height / 2, width, height), corner, corner);
    return path;
}

/// A desk or shelf seen from the front, one unit wide.
QPainterPath outlineOfStand(const std::string& name) {
    QPainterPath path;
    path.setFillRule(Qt::WindingFill);
    if (name == "shelf") {
        path.addRect(QRectF(-0.5, -0.09, 1, 0.08));
        for (const double x : {-0.34, 0.34}) path.addPolygon(QPolygonF({QPointF(x - 0.05, -0.01), QPointF(x + 0.05, -0.01), QPointF(x, 0.09)}));
        return path;
    }
    path.addRect(QRectF(-0.5, -0.25, 1, 0.09));
    for (const double x : {-0.44, 0.36}) path.addRect(QRectF(x, -0.16, 0.08, 0.41));
    return path;
}

QPainterPath outlineOfSign(const std::string& name) {
    if (name == "stop sign") return centred(polygon(8, pi / 8));
    if (name == "yield sign") return centred(polygon(3, pi / 2));
    if (name == "warning sign") return centred(polygon(3, -pi / 2));
    if (name == "priority sign") return polygon(4, 0);
    if (name == "parking sign" || name == "crossing sign") return rectangle(1, 1, 0.12);
    return ellipse();
}

}  // namespace

QPainterPath outlineOf(Shape shape) {
    switch (shape) {
        case Shape::Circle: return ellipse();
        case Shape::Square: return rectangle(1, 1);
        case Shape::Triangle: return centred(polygon(3, -pi / 2));
        case Shape::Star: return centred(polygon(5, -pi / 2, 0.21));
        case Shape::Diamond: return QTransform::fromScale(0.78, 1).map(polygon(4, 0));
        case Shape::Hexagon: return centred(polygon(6, 0));
        case Shape::Cross: return rectangle(0.34, 1).united(rectangle(1, 0.34));
        case Shape::Crescent: {
            // Qt cuts outlines with the precision of pixels, so the cut is made at a larger scale.
            QPainterPath disc, bite;
            disc.addEllipse(QPointF(0, 0), 500, 500);
            bite.addEllipse(QPointF(220, -100), 420, 420);
            return centred(disc.subtracted(bite));
        }
    }
    return {};
}

QPainterPath outlineOf(const Object& object) {
    switch (object.kind) {
        case Object::Kind::Shape: {
            // Uniting and subtracting outlines is slow, so each is made once.
            static const auto made = [] {
                std::array<QPainterPath, shapeCount> paths;
                for (int i = 0; i < shapeCount; ++i) paths[static_cast<std::size_t>(i)] = outlineOf(static_cast<Shape>(i));
                return paths;
            }();
            return made[static_cast<std::size_t>(object.shape)];
        }
        case Object::Kind::Die: return rectangle(1, 1, 0.16);
        case Object::Kind::Clock: return ellipse();
        case Object::Kind::Digit: return object.sample >= 0 ? rectangle(1, 1) : rectangle(0.8, 1, 0.1);
        case Object::Kind::Stand: return outlineOfStand(object.name);
        case Object::Kind::Card: return rectangle(0.7, 1, 0.08);
        case Object::Kind::Flag: return rectangle(1, 2.0 / 3);
        case Object::Kind::Sign: return outlineOfSign(object.name);
        default: return rectangle(1, 1);
    }
}

std::span<const std::string_view> suitNames() {
    static constexpr std::array<std::string_view, 4> names = {"hearts", "diamonds", "spades", "clubs"};
    return names;
}

std::span<const std::string_view> rankNames() {
    static constexpr std::array<std::string_view, 13> names = {"ace",   "two",  "three", "four", "five",  "six", "seven",
                                                               "eight", "nine", "ten",   "jack", "queen", "king"};
    return names;
}

QPainterPath outlineOfSuit(std::string_view suit) {
    if (suit == "diamonds") return outlineOf(Shape::Diamond);
    QPainterPath path;
    path.setFillRule(Qt::WindingFill);
    if (suit == "clubs") {
        for (const QPointF middle : {QPointF(0, -0.25), QPointF(-0.24, 0.08), QPointF(0.24, 0.08)}) path.addEllipse(middle, 0.24, 0.24);
        path.addPolygon(QPolygonF({QPointF(0, -0.1), QPointF(0.15, 0.5), QPointF(-0.15, 0.5)}));
        return path;
    }
    for (const double x : {-0.23, 0.23}) path.addEllipse(QPointF(x, -0.22), 0.26, 0.26);
    path.addPolygon(QPolygonF({QPointF(-0.44, -0.07), QPointF(0, -0.3), QPointF(0.44, -0.07), QPointF(0, 0.5)}));
    if (suit == "hearts") return path;
    // A spade is a heart on its head with a foot, which must wind the same way around.
    path = QTransform::fromScale(1, -1).map(path);
    path.addPolygon(QPolygonF({QPointF(0, 0.05), QPointF(-0.15, 0.5), QPointF(0.15, 0.5)}));
    return path;
}

std::span<const std::string_view> flagNames() {
    static constexpr std::array<std::string_view, 24> names = {
        "France",  "Italy",   "Ireland", "Belgium", "Romania",     "Germany", "Netherlands", "Russia",
        "Austria", "Hungary", "Bulgaria", "Estonia", "Lithuania",  "Poland",  "Ukraine",     "Japan",
        "Sweden",  "Finland", "Denmark", "Norway",  "Switzerland", "Nigeria", "Indonesia",   "Iceland"};
    return names;
}

std::span<const std::string_view> signNames() {
    static constexpr std::array<std::string_view, 12> names = {
        "stop sign",        "yield sign",      "no entry sign",   "speed limit sign", "parking sign",     "priority sign",
        "turn left sign",   "turn right sign", "go straight sign", "warning sign",    "no parking sign", "crossing sign"};
    return names;
}

}  // namespace fusionscope::world
