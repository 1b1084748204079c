#include "core/world/painter.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>

#include "core/world/outlines.h"

namespace fusionscope::world {

namespace {

/// The brush of a shape in its own plane, where the whole shape is one unit large.
void fillShape(QPainter& painter, const QPainterPath& outline, const Object& object) {
    const QColor colour = QColor::fromRgb(rgbOf(object.colour));
    if (object.fill == Fill::Solid) {
        painter.fillPath(outline, colour);
        return;
    }
    // The rest of a striped or dotted shape is a pale form of its colour, so that its whole extent is seen.
    const bool light = colour.lightness() > 200;
    painter.fillPath(outline, light ? colour.darker(150) : colour.lighter(colour.lightness() < 60 ? 380 : 190));
    painter.save();
    painter.setClipPath(outline);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    if (object.fill == Fill::Striped) {
        for (double y = -0.5; y < 0.5; y += 0.2) painter.drawRect(QRectF(-0.5, y, 1, 0.115));
    } else {
        for (int row = 0; row < 6; ++row)
            for (int column = 0; column < 6; ++column)
                painter.drawEllipse(QPointF(-0.45 + 0.18 * column + (row % 2 ? 0.09 : 0), -0.45 + 0.18 * row), 0.062, 0.062);
    }
    painter.restore();
}

/// The smallest form of a sprite, enlarged, is soft at its edges.
void paintShadow(QPainter& painter, const Sprite& sprite, const QRectF& place) {
    QImage shadow = sprite.levels.back();
    QPainter black(&shadow);
    black.setCompositionMode(QPainter::CompositionMode_SourceIn);
    black.fillRect(shadow.rect(), Qt::black);
    black.end();
    painter.setOpacity(0.35);
    painter.drawImage(place.translated(0.03, 0.05), shadow);
    painter.setOpacity(1);
}

}  // namespace

Painter::Painter(const Materials& materials) : m_materials(materials), m_textures(Textures::make()) {}

QImage Painter::paint(const Scene& scene) const {
    QImage picture(pictureSize, pictureSize, QImage::Format_RGB32);
    QPainter painter(&picture);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    paintBackground(painter, scene.background, m_textures, m_materials.backdrops);
    for (const Panel& panel : scene.panels) paintPanel(painter, panel);
    if (scene.chart) paintChart(painter, *scene.chart);
    for (const Object& object : scene.objects) paintObject(painter, object, scene.split);
    for (const TextLine& line : scene.lines) paintLine(painter, line);
    painter.end();
    return withEffects(std::move(picture), scene.effects, m_textures);
}

QImage Painter::paintAlone(const Object& object) const {
    QImage picture(pictureSize, pictureSize, QImage::Format_ARGB32_Premultiplied);
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    Object thing = object;
    thing.shadow = false;
    paintObject(painter, thing, Split::Train);
    return picture;
}

void Painter::paintObject(QPainter& painter, const Object& object, Split split) const {
    if (object.kind == Object::Kind::Bar) {
        painter.fillRect(object.box, QColor::fromRgb(rgbOf(object.colour)));
        return;
    }
    painter.save();
    painter.setTransform(placement(object));
    if (object.kind == Object::Kind::Sprite) {
        const Sprite& sprite = m_materials.sprites.sprite(object);
        // The smallest form that need not be enlarged: shrinking by more than half would skip pixels.
        auto level = sprite.levels.begin();
        const auto longSide = [](const QImage& image) { return std::max(image.width(), image.height()); };
        while (level + 1 != sprite.levels.end() && longSide(*(level + 1)) >= object.size) ++level;
        const QSizeF size = sprite.size;
        const QRectF place(-size.width() / 2, -size.height() / 2, size.width(), size.height());
        if (object.shadow) paintShadow(painter, sprite, place);
        painter.drawImage(place, *level);
    } else if (object.kind == Object::Kind::Shape) {
        fillShape(painter, outlineOf(object), object);
    } else if (object.sample >= 0) {
        painter.drawImage(QRectF(-0.5, -0.5, 1, 1), m_materials.sheets.picture(object, split));
    } else {
        paintSymbol(painter, object);
    }
    painter.restore();
}

void Painter::paintPanel(QPainter& painter, const Panel& panel) const {
    if (panel.kind == Panel::Kind::None) return;
    painter.save();
    painter.setTransform(panel.transform);
    const double corner = panel.kind == Panel::Kind::Board ? 6 : panel.kind == Panel::Kind::Label ? 10 : 0;
    if (panel.kind == Panel::Kind::Paper) painter.fillRect(panel.rect.translated(2, 2), QColor(0, 0, 0, 50));
    painter.setBrush(QColor::fromRgb(panel.fill));
    painter.setPen(QPen(QColor::fromRgb(panel.edge), panel.kind == Panel::Kind::Paper ? 1 : 2));
    painter.drawRoundedRect(panel.rect.adjusted(1, 1, -1, -1), corner, corner);
    painter.restore();
}

void Painter::paintLine(QPainter& painter, const TextLine& line) const {
    const ShapedText shaped = m_materials.typefaces.shape(line.font, line.text, line.emSize);
    painter.fillPath(line.transform.map(shaped.outline), QColor::fromRgb(line.ink));
}

}  // namespace fusionscope::world
