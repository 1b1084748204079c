#include "ui/media/video_strip.h"

#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>

#include "ui/common/accessible_role.h"

namespace fusionscope::ui {

VideoStrip::VideoStrip(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setCursor(Qt::PointingHandCursor);
    setAccessibleName(tr("Thumbnails of the video"));
    setAccessibleRole(*this, QAccessible::Graphic);
}

void VideoStrip::begin(qint64 count) {
    m_count = std::max<qint64>(count, 1);
    m_position = 0;
    m_thumbnails.clear();
    m_marks.clear();
    m_changes.clear();
    update();
}

void VideoStrip::addThumbnail(qint64 index, const QImage& thumbnail) {
    m_thumbnails.insert(index, thumbnail);
    update();
}

void VideoStrip::setMarks(const QSet<qint64>& marks) {
    m_marks = marks;
    update();
}

void VideoStrip::setPosition(qint64 index) {
    m_position = index;
    update();
}

void VideoStrip::setChanges(const std::vector<double>& changes, double threshold) {
    m_changes = changes;
    m_threshold = threshold;
    update();
}

double VideoStrip::xOf(qint64 index) const {
    return 1 + (width() - 2) * (double(index) + 0.5) / double(m_count);
}

void VideoStrip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    QPainterPath shape;
    shape.addRoundedRect(QRectF(rect()), 6, 6);
    painter.setClipPath(shape);
    painter.fillRect(rect(), palette().color(QPalette::Mid));
    const double step = double(width()) / std::max<double>(double(m_thumbnails.size()), 1);
    int place = 0;
    for (const auto& thumbnail : m_thumbnails) {
        // The middle of the thumbnail that has the shape of its place.
        const QRectF target(place++ * step, 0, step, height());
        const auto part = target.size().scaled(thumbnail.size(), Qt::KeepAspectRatio);
        const QRectF source((thumbnail.width() - part.width()) / 2, (thumbnail.height() - part.height()) / 2, part.width(),
                            part.height());
        painter.drawImage(target, thumbnail, source);
    }
    const auto accent = palette().color(QPalette::Highlight);
    paintChanges(painter);
    for (const auto index : m_marks) {
        const double x = xOf(index);
        painter.setPen(QPen(Qt::white, 1));
        painter.setBrush(accent);
        painter.drawPolygon(QPolygonF({QPointF(x - 5, 0), QPointF(x + 5, 0), QPointF(x, 9)}));
    }
    const double x = std::clamp(xOf(m_position), 2.0, width() - 2.0);
    painter.setPen(QPen(Qt::white, 4));
    painter.drawLine(QPointF(x, 0), QPointF(x, height()));
    painter.setPen(QPen(accent, 2));
    painter.drawLine(QPointF(x, 0), QPointF(x, height()));
}

/// A line that rises where the picture changes, over the threshold that it is held against.
void VideoStrip::paintChanges(QPainter& painter) const {
    if (m_changes.empty()) return;
    const auto yOf = [this](double change) { return height() - 1 - change * (height() - 2); };
    // Of several changes in one pixel the largest counts.
    std::vector<double> largest(static_cast<size_t>(std::max(width(), 1)));
    for (size_t i = 0; i < m_changes.size(); ++i) {
        const auto column = static_cast<size_t>(std::clamp(xOf(static_cast<qint64>(i) + 1), 0.0, width() - 1.0));
        largest[column] = std::max(largest[column], m_changes[i]);
    }
    QPolygonF line;
    for (size_t column = 0; column < largest.size(); ++column) line << QPointF(double(column), yOf(largest[column]));
    painter.setBrush(Qt::NoBrush);
    for (const auto& [colour, width] : {std::pair(QColor(0, 0, 0, 150), 3.0), std::pair(QColor(Qt::white), 1.2)}) {
        painter.setPen(QPen(colour, width));
        painter.drawPolyline(line);
        painter.setPen(QPen(colour, width, Qt::DashLine));
        painter.drawLine(QPointF(0, yOf(m_threshold)), QPointF(this->width(), yOf(m_threshold)));
    }
}

void VideoStrip::mousePressEvent(QMouseEvent* event) { mouseMoveEvent(event); }

void VideoStrip::mouseMoveEvent(QMouseEvent* event) {
    if (event->buttons() & Qt::LeftButton)
        emit sought(std::clamp<qint64>(qint64(event->position().x() / width() * double(m_count)), 0, m_count - 1));
}

}  // namespace fusionscope::ui
