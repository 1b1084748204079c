#include "ui/inspect/frame_strip.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/common/accessible_role.h"
#include "ui/common/text_sizes.h"

namespace fusionscope::ui {

namespace {

constexpr double cell = 96, gap = 8, line = 20;

}  // namespace

FrameStrip::FrameStrip(QWidget* parent) : QWidget(parent) {
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Frames of the video with their maps"));
    setAccessibleRole(*this, QAccessible::Graphic);
    setObjectName(QStringLiteral("frameStrip"));
    setSizePolicy(QSizePolicy::Minimum, QSizePolicy::Fixed);
}

void FrameStrip::setColumns(const std::vector<Column>& columns) {
    m_columns = columns;
    updateGeometry();
    setMinimumSize(minimumSizeHint());
    update();
}

void FrameStrip::setCurrent(const QString& picture) {
    m_current = picture;
    if (const int column = current(); column >= 0) emit currentMoved(mapRect(column).toAlignedRect());
    update();
}

void FrameStrip::setAnchor(const QString& picture, const std::optional<Place>& place) {
    m_anchorPicture = picture;
    m_anchor = place;
    update();
}

int FrameStrip::current() const {
    const auto found = std::ranges::find(m_columns, m_current, [](const Column& column) { return column.frame.picture; });
    return found == m_columns.end() ? -1 : static_cast<int>(found - m_columns.begin());
}

QSizeF FrameStrip::cellSize(int column) const {
    return QSizeF(m_columns[static_cast<size_t>(column)].aspect, 1).scaled(cell, cell, Qt::KeepAspectRatio);
}

QRectF FrameStrip::thumbnailRect(int column) const {
    const auto size = cellSize(column);
    return {gap + column * (cell + gap) + (cell - size.width()) / 2, line, size.width(), size.height()};
}

QRectF FrameStrip::mapRect(int column) const { return thumbnailRect(column).translated(0, cellSize(column).height() + gap); }

QSize FrameStrip::minimumSizeHint() const {
    double height = cell;
    for (int column = 0; column < static_cast<int>(m_columns.size()); ++column)
        height = column == 0 ? cellSize(0).height() : std::max(height, cellSize(column).height());
    return {static_cast<int>(gap + static_cast<double>(m_columns.size()) * (cell + gap)),
            static_cast<int>(std::ceil(line + 2 * height + 2 * gap))};
}

void FrameStrip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(textFont(TextSize::Small));
    const auto accent = palette().color(QPalette::Highlight);
    const int chosen = current();
    for (int i = 0; i < static_cast<int>(m_columns.size()); ++i) {
        const auto& column = m_columns[static_cast<size_t>(i)];
        const auto above = thumbnailRect(i), below = mapRect(i);
        painter.setPen(palette().color(i == chosen ? QPalette::WindowText : QPalette::PlaceholderText));
        painter.drawText(QRectF(gap + i * (cell + gap), 0, cell, line), Qt::AlignCenter, timeText(column.frame.seconds));
        painter.setRenderHint(QPainter::SmoothPixmapTransform, true);
        if (column.thumbnail.isNull())
            painter.fillRect(above, palette().color(QPalette::Mid));
        else
            painter.drawImage(above, column.thumbnail);
        painter.setRenderHint(QPainter::SmoothPixmapTransform, column.map.width() > below.width() * devicePixelRatioF());
        if (column.map.isNull()) {
            painter.setOpacity(0.35);
            painter.fillRect(below, palette().color(QPalette::Mid));
            painter.setOpacity(1);
        } else {
            painter.drawImage(below, column.map);
        }
        if (m_anchor && column.frame.picture == m_anchorPicture && !column.map.isNull()) {
            const double wide = below.width() / column.map.width(), high = below.height() / column.map.height();
            const QRectF patch(below.left() + std::floor(m_anchor->x * column.map.width()) * wide,
                               below.top() + std::floor(m_anchor->y * column.map.height()) * high, wide, high);
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(QColor(0, 0, 0, 130), 4));
            painter.drawRect(patch);
            painter.setPen(QPen(Qt::white, 2));
            painter.drawRect(patch);
        }
        if (i != chosen) continue;
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(accent, hasFocus() ? 3 : 2));
        painter.drawRoundedRect(above.united(below).adjusted(-3, -3, 3, 3), 4, 4);
    }
}

int FrameStrip::columnAt(double x) const {
    const int column = static_cast<int>(std::floor((x - gap / 2) / (cell + gap)));
    return column >= 0 && column < static_cast<int>(m_columns.size()) ? column : -1;
}

void FrameStrip::mousePressEvent(QMouseEvent* event) {
    const int column = columnAt(event->position().x());
    if (event->button() != Qt::LeftButton || column < 0) return;
    const auto picture = m_columns[static_cast<size_t>(column)].frame.picture;
    emit frameChosen(picture);
    const auto map = mapRect(column);
    const auto& image = m_columns[static_cast<size_t>(column)].map;
    if (!map.contains(event->position()) || image.isNull()) return;
    const auto centre = [](double share, int count) { return (std::floor(share * count) + 0.5) / count; };
    emit patchChosen(picture, {centre((event->position().x() - map.left()) / map.width(), image.width()),
                               centre((event->position().y() - map.top()) / map.height(), image.height())});
}

void FrameStrip::keyPressEvent(QKeyEvent* event) {
    const int last = static_cast<int>(m_columns.size()) - 1;
    int wanted = current();
    switch (event->key()) {
        case Qt::Key_Left: wanted = std::max(0, wanted - 1); break;
        case Qt::Key_Right: wanted = std::min(last, wanted + 1); break;
        case Qt::Key_Home: wanted = 0; break;
        case Qt::Key_End: wanted = last; break;
        default: return QWidget::keyPressEvent(event);
    }
    if (wanted >= 0 && wanted <= last) emit frameChosen(m_columns[static_cast<size_t>(wanted)].frame.picture);
}

bool FrameStrip::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const int column = columnAt(help->pos().x());
        if (column >= 0) {
            const auto& frame = m_columns[static_cast<size_t>(column)].frame;
            QToolTip::showText(help->globalPos(), tr("%1 · frame %2").arg(timeText(frame.seconds)).arg(frame.index), this);
        }
        return true;
    }
    return QWidget::event(event);
}

}  // namespace fusionscope::ui
