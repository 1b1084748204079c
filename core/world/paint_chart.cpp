#include <QPainter>

#include "core/world/chart_geometry.h"
#include "core/world/painter.h"

namespace fusionscope::world {

namespace {

constexpr QRgb ink = 0xff17181f;

QColor colour(Colour named) { return QColor::fromRgb(rgbOf(named)); }

void paintAxes(QPainter& painter, const Chart& chart) {
    painter.setPen(QPen(QColor(120, 120, 128, 70), 1));
    for (int value = chart.step; value <= chart.top; value += chart.step) {
        const double at = positionOf(chart, value);
        if (chart.horizontal)
            painter.drawLine(QPointF(at, chart.plot.top()), QPointF(at, chart.plot.bottom()));
        else
            painter.drawLine(QPointF(chart.plot.left(), at), QPointF(chart.plot.right(), at));
    }
    painter.setPen(QPen(QColor(ink), 1.5));
    painter.drawLine(chart.plot.topLeft(), chart.plot.bottomLeft());
    painter.drawLine(chart.plot.bottomLeft(), chart.plot.bottomRight());
}

void paintLegend(QPainter& painter, const Chart& chart) {
    const double width = chart.plot.width() / static_cast<double>(chart.series.size());
    for (int i = 0; i < static_cast<int>(chart.series.size()); ++i)
        painter.fillRect(QRectF(chart.plot.left() + width * i, 238, 10, 10), colour(colourOf(chart, i, 0)));
}

void paintLines(QPainter& painter, const Chart& chart) {
    for (int series = 0; series < static_cast<int>(chart.series.size()); ++series) {
        QPolygonF points;
        for (int i = 0; i < static_cast<int>(chart.categories.size()); ++i) points << pointOf(chart, series, i);
        const QColor tone = colour(colourOf(chart, series, 0));
        painter.setPen(QPen(tone, 2.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawPolyline(points);
        painter.setPen(Qt::NoPen);
        painter.setBrush(tone);
        for (const QPointF point : points) painter.drawEllipse(point, 3.5, 3.5);
    }
}

void paintPie(QPainter& painter, const Chart& chart) {
    painter.setPen(QPen(QColor(0xfdfdfd), 1.2));
    for (int i = 0; i < static_cast<int>(chart.categories.size()); ++i) {
        const auto [start, span] = sliceOf(chart, i);
        painter.setBrush(colour(colourOf(chart, 0, i)));
        painter.drawPie(chart.plot, static_cast<int>((90 - start) * 16), static_cast<int>(-span * 16));
        painter.fillRect(QRectF(164, (chart.title.empty() ? 20 : 40) + 20 + 24 * i, 12, 12), painter.brush());
    }
}

void paintTable(QPainter& painter, const Chart& chart) {
    const int rows = static_cast<int>(chart.categories.size()), columns = static_cast<int>(chart.series.size());
    for (int column = 0; column <= columns; ++column) painter.fillRect(cellOf(chart, 0, column), QColor(210, 216, 226));
    painter.setPen(QPen(QColor(ink), 1));
    painter.setBrush(Qt::NoBrush);
    for (int row = 0; row <= rows; ++row)
        for (int column = 0; column <= columns; ++column) painter.drawRect(cellOf(chart, row, column));
}

}  // namespace

void paintChart(QPainter& painter, const Chart& chart) {
    switch (chart.kind) {
        case Chart::Kind::Pie: paintPie(painter, chart); return;
        case Chart::Kind::Table: paintTable(painter, chart); return;
        default: break;
    }
    paintAxes(painter, chart);
    if (chart.series.size() > 1) paintLegend(painter, chart);
    if (chart.kind == Chart::Kind::Line) paintLines(painter, chart);
}

}  // namespace fusionscope::world
