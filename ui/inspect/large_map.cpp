#include "ui/inspect/large_map.h"

#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "ui/common/accessible_role.h"
#include "ui/common/text_sizes.h"
#include "ui/common/workspace.h"
#include "ui/inspect/atlas_state.h"
#include "ui/inspect/labels.h"
#include "ui/plot/colour_scale.h"
#include "ui/plot/numbers.h"

namespace fusionscope::ui {

namespace {

constexpr double keyWidth = 72, gap = 16;

/// The grid cell that a place lies in, from 0 on.
int step(double share, int count) { return std::clamp(static_cast<int>(std::floor(share * count)), 0, count - 1); }

Place centreOf(const QImage& image, int row, int column) {
    return {(column + 0.5) / image.width(), (row + 0.5) / image.height()};
}

}  // namespace

LargeMap::LargeMap(AtlasState& state, QWidget* parent) : QWidget(parent), m_state(state) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("Enlarged map"));
    setAccessibleRole(*this, QAccessible::Graphic);
    setObjectName(QStringLiteral("largeMap"));
    connect(&state, &AtlasState::enlargedChanged, this, [this] { update(); });
    connect(&state, &AtlasState::optionsChanged, this, [this] { update(); });
    connect(&state.workspace().selection, &Selection::placesChanged, this, [this] { update(); });
}

bool LargeMap::keysDiffer() const { return m_state.isBeside() && m_state.compared(); }

LargeMap::Rects LargeMap::rects() const {
    const auto own = m_state.extent(), other = m_state.otherExtent();
    const bool two = m_state.compared() != nullptr, ownKey = keysDiffer();
    const double keys = (ownKey ? 2 : 1) * (keyWidth + gap), between = two ? gap : 0;
    const double wide = own.width() + (two ? other.width() : 0), high = std::max(own.height(), two ? other.height() : 0);
    const double scale = std::max(1e-6, std::min((width() - 2 - keys - between) / wide, (height() - 2) / high));
    const auto place = [&](double left, const QSizeF& extent) {
        return QRectF(left, 1 + std::floor((high - extent.height()) * scale / 2), std::floor(extent.width() * scale),
                      std::floor(extent.height() * scale));
    };
    Rects rects{place(1, own), {}, scale};
    if (two) rects.other = place(rects.own.right() + gap + (ownKey ? gap + keyWidth : 0), other);
    return rects;
}

QRectF LargeMap::mapRect() const { return rects().own; }

QRectF LargeMap::otherRect() const { return rects().other; }

void LargeMap::setHovered(const std::optional<Place>& place) {
    m_hovered = place;
    update();
}

void LargeMap::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const auto& pair = m_state.enlarged();
    if (!pair.own || pair.own->image.isNull()) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(palette().color(QPalette::Mid));
        painter.setOpacity(0.35);
        painter.drawRoundedRect(mapRect(), 4, 4);
        painter.setOpacity(1);
        painter.setPen(palette().color(QPalette::WindowText));
        if (pair.own)
            painter.drawText(mapRect().adjusted(gap, gap, -gap, -gap), Qt::AlignCenter | Qt::TextWordWrap, pair.own->problem);
        return;
    }
    paintMap(painter, mapRect(), *pair.own, false);
    const bool two = m_state.compared() && pair.other && !pair.other->image.isNull();
    if (two) paintMap(painter, otherRect(), *pair.other, true);
    paintKey(painter, two && !keysDiffer() ? otherRect() : mapRect(), *pair.own);
    if (two && keysDiffer()) paintKey(painter, otherRect(), *pair.other);
    if (!hasFocus()) return;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(palette().color(QPalette::Highlight), 1));
    painter.drawRoundedRect(mapRect(), 4, 4);
}

void LargeMap::paintMap(QPainter& painter, const QRectF& rect, const DrawnMap& map, bool isOther) {
    const auto& image = map.image;
    QPainterPath shape;
    shape.addRoundedRect(rect, 4, 4);
    painter.save();
    painter.setClipPath(shape);
    const auto view = viewOf(isOther);
    const auto seen = view & QRectF(0, 0, 1, 1);
    const double scaleX = rect.width() / view.width(), scaleY = rect.height() / view.height();
    painter.drawImage(QRectF(rect.left() + (seen.left() - view.left()) * scaleX, rect.top() + (seen.top() - view.top()) * scaleY,
                             seen.width() * scaleX, seen.height() * scaleY),
                      image, QRectF(seen.x() * image.width(), seen.y() * image.height(), seen.width() * image.width(),
                                    seen.height() * image.height()));
    if (!isOther) paintTiles(painter, rect);
    const auto accent = palette().color(QPalette::Highlight);
    const auto paint = [&](const Place& place, const QColor& colour) {
        const auto here = isOther ? m_state.toOther(place) : place;
        if (here) paintPlace(painter, rect, view, image, *here, colour);
    };
    for (const auto& place : m_state.workspace().selection.places()) paint(place, accent);
    if (m_hovered) paint(*m_hovered, Qt::white);
    painter.restore();
}

/// Where one tile ends and the next begins.
void LargeMap::paintTiles(QPainter& painter, const QRectF& rect) {
    const double scaleX = rect.width() / m_view.width(), scaleY = rect.height() / m_view.height();
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(QColor(255, 255, 255, 190), 1, Qt::DashLine));
    for (const auto& tile : m_state.tilesInMap())
        painter.drawRect(QRectF(rect.left() + (tile.left() - m_view.x()) * scaleX, rect.top() + (tile.top() - m_view.y()) * scaleY,
                                tile.width() * scaleX, tile.height() * scaleY));
}

void LargeMap::paintPlace(QPainter& painter, const QRectF& rect, const QRectF& view, const QImage& image, const Place& place,
                          const QColor& colour) {
    const double scaleX = rect.width() / view.width(), scaleY = rect.height() / view.height();
    const QRectF box(rect.left() + (static_cast<double>(step(place.x, image.width())) / image.width() - view.x()) * scaleX,
                     rect.top() + (static_cast<double>(step(place.y, image.height())) / image.height() - view.y()) * scaleY,
                     scaleX / image.width(), scaleY / image.height());
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(QColor(0, 0, 0, 130), 4));
    painter.drawRect(box);
    painter.setPen(QPen(Qt::white, 2.5));
    painter.drawRect(box);
    painter.setPen(QPen(colour, 1.5));
    painter.drawRect(box);
}

void LargeMap::paintKey(QPainter& painter, const QRectF& beside, const DrawnMap& map) {
    const QRectF key(beside.right() + gap, beside.top(), keyWidth, beside.height());
    painter.setFont(textFont(TextSize::Small));
    if (std::holds_alternative<inspect::ScalarMap>(map.drawing)) {
        paintColourBar(painter, key, map);
        return;
    }
    const auto line = [&, height = QFontMetricsF(painter.font()).height() + 6](int index, QRgb colour, const QString& text) {
        const QRectF swatch(key.left(), key.top() + index * height + 2, 10, 10);
        if (swatch.bottom() > key.bottom()) return;
        painter.setPen(Qt::NoPen);
        painter.setBrush(QColor(colour));
        painter.drawRoundedRect(swatch, 2, 2);
        painter.setPen(palette().color(QPalette::PlaceholderText));
        painter.drawText(QRectF(swatch.right() + 6, swatch.top() - 4, key.width(), 18), Qt::AlignVCenter, text);
    };
    if (const auto* labels = std::get_if<inspect::LabelMap>(&map.drawing)) {
        for (int label = 0; label < labels->count; ++label) line(label, plot::classColour(label), QString::number(label + 1));
        return;
    }
    constexpr QRgb components[] = {0xffd33c3c, 0xff3ca63c, 0xff3c64d3};
    for (int i = 0; i < 3; ++i) {
        const auto share = map.basis && i < map.basis->count()
                               ? tr("%1 %").arg(qRound(100 * map.basis->explainedRatio[static_cast<size_t>(i)]))
                               : QString::number(i + 1);
        line(i, components[i], share);
    }
}

void LargeMap::paintColourBar(QPainter& painter, const QRectF& key, const DrawnMap& map) {
    const QRectF bar(key.left(), key.top(), 10, key.height());
    QImage colours(1, 256, QImage::Format_RGB32);
    for (int i = 0; i < 256; ++i) colours.setPixel(0, i, plot::colourAt(plot::ColourScale::Viridis, 1 - i / 255.0));
    QPainterPath shape;
    shape.addRoundedRect(bar, 3, 3);
    painter.save();
    painter.setClipPath(shape);
    painter.drawImage(bar, colours);
    painter.restore();
    painter.setPen(palette().color(QPalette::PlaceholderText));
    const double height = QFontMetricsF(painter.font()).height();
    const double low = static_cast<double>(map.range.low), width = static_cast<double>(map.range.high) - low;
    for (const auto& tick : plot::ticksOf(map.range)) {
        const double y = bar.bottom() - (width > 0 ? (tick.value - low) / width : 0.5) * bar.height();
        const double top = std::clamp(y - height / 2, key.top(), key.bottom() - height);
        painter.drawText(QRectF(bar.right() + 8, top, key.width() - 18, height), Qt::AlignVCenter | Qt::AlignLeft, tick.label);
    }
}

std::optional<Place> LargeMap::placeAt(const QPointF& point) const {
    for (const auto& rect : {mapRect(), otherRect()}) {
        if (rect.isEmpty() || !rect.contains(point)) continue;
        return Place{m_view.x() + (point.x() - rect.left()) / rect.width() * m_view.width(),
                     m_view.y() + (point.y() - rect.top()) / rect.height() * m_view.height()};
    }
    return std::nullopt;
}

void LargeMap::select(const Place& place, bool add) {
    const auto& map = m_state.enlarged().own;
    if (!map || map->image.isNull()) return;
    const auto& image = map->image;
    const auto patch = centreOf(image, step(place.y, image.height()), step(place.x, image.width()));
    auto& selection = m_state.workspace().selection;
    std::vector<Place> places;
    if (add) places = selection.places();
    if (std::erase(places, patch) == 0) places.push_back(patch);
    selection.setPlaces(places);
}

void LargeMap::moveSelection(int dx, int dy) {
    const auto& map = m_state.enlarged().own;
    if (!map || map->image.isNull()) return;
    const auto& image = map->image;
    const auto& places = m_state.workspace().selection.places();
    const auto from = places.empty() ? Place{0.5, 0.5} : places.back();
    const int column = std::clamp(step(from.x, image.width()) + dx, 0, image.width() - 1);
    const int row = std::clamp(step(from.y, image.height()) + dy, 0, image.height() - 1);
    m_state.workspace().selection.setPlaces({centreOf(image, row, column)});
}

void LargeMap::mousePressEvent(QMouseEvent* event) {
    m_pressedAt = event->position();
    m_viewAt = m_view.topLeft();
    m_dragging = false;
}

void LargeMap::mouseMoveEvent(QMouseEvent* event) {
    const auto moved = event->position() - m_pressedAt;
    if ((event->buttons() & Qt::LeftButton) && (m_dragging || moved.manhattanLength() > 6) && m_view.width() < 1) {
        m_dragging = true;
        const auto rect = mapRect();
        setView(QRectF(m_viewAt - QPointF(moved.x() / rect.width() * m_view.width(), moved.y() / rect.height() * m_view.height()),
                       m_view.size()));
        return;
    }
    m_hovered = placeAt(event->position());
    emit hovered(m_hovered);
    update();
}

void LargeMap::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || m_dragging) return;
    if (const auto place = placeAt(event->position())) select(*place, event->modifiers() & Qt::ControlModifier);
}

void LargeMap::leaveEvent(QEvent*) {
    m_hovered.reset();
    emit hovered(m_hovered);
    update();
}

void LargeMap::wheelEvent(QWheelEvent* event) {
    if (!placeAt(event->position())) {
        event->ignore();
        return;
    }
    zoom(std::pow(1.0015, -event->angleDelta().y()), event->position());
    event->accept();
}

void LargeMap::zoom(double factor, const QPointF& about) {
    const auto place = placeAt(about);
    if (!place) return;
    const double size = std::clamp(m_view.width() * factor, 1.0 / 64, 1.0), scale = size / m_view.width();
    setView(QRectF(place->x - (place->x - m_view.x()) * scale, place->y - (place->y - m_view.y()) * scale, size, size));
}

void LargeMap::setView(const QRectF& view) {
    m_view = QRectF(std::clamp(view.x(), 0.0, 1 - view.width()), std::clamp(view.y(), 0.0, 1 - view.height()), view.width(),
                    view.height());
    update();
}

void LargeMap::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
        case Qt::Key_Left: moveSelection(-1, 0); break;
        case Qt::Key_Right: moveSelection(1, 0); break;
        case Qt::Key_Up: moveSelection(0, -1); break;
        case Qt::Key_Down: moveSelection(0, 1); break;
        case Qt::Key_Escape: m_state.workspace().selection.setPlaces({}); break;
        case Qt::Key_Return:
        case Qt::Key_Enter: m_state.setOverlaid(!m_state.isOverlaid()); break;
        case Qt::Key_Plus: zoom(0.8, mapRect().center()); break;
        case Qt::Key_Minus: zoom(1.25, mapRect().center()); break;
        case Qt::Key_0: setView({0, 0, 1, 1}); break;
        default: QWidget::keyPressEvent(event);
    }
}

}  // namespace fusionscope::ui
