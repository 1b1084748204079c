#include "app/cli/curve_picture.h"

#include <QImage>
#include <QPainter>
#include <QPainterPath>
#include <QSvgGenerator>
#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <sstream>
#include <vector>

#include "core/files/error.h"
#include "ui/plot/numbers.h"
#include "ui/plot/text.h"

namespace fusionscope::cli {

namespace {

constexpr int chartWidth = 360, chartHeight = 200, chartsAcross = 3, pixelsPerUnit = 2;
// Share that a step adds to the running mean, once there are that many.
constexpr double newShare = 0.05;

struct Column {
    std::string name;
    std::vector<double> values;
};

/// The columns of a table of numbers; a last line that is still being written is left out.
std::vector<Column> readColumns(const std::filesystem::path& csv) {
    std::ifstream in(csv);
    std::string line;
    if (!std::getline(in, line)) throw Error("there is no curve", csv.string(), "Name the folder of a training that has begun.");
    std::vector<Column> columns;
    std::istringstream names(line);
    for (std::string name; std::getline(names, name, ',');) columns.push_back({name, {}});
    while (std::getline(in, line)) {
        std::istringstream fields(line);
        std::vector<double> values;
        for (std::string field; std::getline(fields, field, ',');) values.push_back(std::atof(field.c_str()));
        if (values.size() != columns.size()) continue;
        for (std::size_t i = 0; i < columns.size(); ++i) columns[i].values.push_back(values[i]);
    }
    if (columns.empty() || columns.front().values.size() < 2)
        throw Error("the curve has fewer than two steps", csv.string(), "Wait for the next checkpoint.");
    return columns;
}

bool isLoss(const Column& column) {
    for (const char* other : {"pictures", "gradient", "rate", "seconds"})
        if (column.name == other) return false;
    return std::any_of(column.values.begin(), column.values.end(), [](double value) { return value != 0; });
}

std::vector<double> runningMean(const std::vector<double>& values) {
    std::vector<double> means;
    double mean = 0;
    for (const double value : values) {
        mean += std::max(newShare, 1.0 / static_cast<double>(means.size() + 1)) * (value - mean);
        means.push_back(mean);
    }
    return means;
}

/// A chart's ground: lines at round values, which are written beside them.
void drawScale(QPainter& painter, const QRectF& area, inspect::Range range) {
    const plot::TextStyle small{plot::TextSize::Small, QColor(90, 90, 90), false, true};
    for (const auto& tick : plot::ticksOf(range)) {
        const double y = area.bottom() - area.height() * (tick.value - range.low) / std::max(1e-9, static_cast<double>(range.high - range.low));
        painter.setPen(QPen(QColor(225, 225, 225), 1));
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
        plot::drawLine(painter, QRectF(area.left() - 44, y - 8, 38, 16), Qt::AlignRight, tick.label, small);
    }
}

void drawChart(QPainter& painter, const QRectF& box, const Column& pictures, const Column& column) {
    const plot::TextStyle title{plot::TextSize::Body, QColor(Qt::black), true, false}, small{plot::TextSize::Small, QColor(90, 90, 90), false, true};
    plot::drawLine(painter, QRectF(box.left() + 44, box.top(), box.width() - 44, 20), Qt::AlignLeft, QString::fromStdString(column.name), title);
    const QRectF area = box.adjusted(44, 24, -12, -22);
    const auto [low, high] = std::minmax_element(column.values.begin(), column.values.end());
    const inspect::Range range{static_cast<float>(std::min(0.0, *low)), static_cast<float>(*high)};
    const double last = pictures.values.back(), span = std::max(1e-9, static_cast<double>(range.high - range.low));
    const auto place = [&](double x, double y) {
        return QPointF(area.left() + area.width() * x / last, area.bottom() - area.height() * (y - range.low) / span);
    };
    drawScale(painter, area, range);
    plot::drawLine(painter, QRectF(area.left(), area.bottom() + 4, area.width(), 16), Qt::AlignRight,
                   QStringLiteral("%L1 pictures").arg(static_cast<qint64>(last)), small);
    const auto line = [&](const std::vector<double>& values, const QPen& pen) {
        QPainterPath path(place(pictures.values.front(), values.front()));
        for (std::size_t i = 1; i < values.size(); ++i) path.lineTo(place(pictures.values[i], values[i]));
        painter.strokePath(path, pen);
    };
    line(column.values, QPen(QColor(31, 110, 180, 70), 0.6));
    line(runningMean(column.values), QPen(QColor(31, 110, 180), 1.6));
}

/// @param paint draws on a page of this size
void write(const std::filesystem::path& file, QSize size, const std::function<void(QPainter&)>& paint) {
    const QString name = QString::fromStdString(file.string());
    if (file.extension() == ".svg") {
        QSvgGenerator svg;
        svg.setFileName(name);
        svg.setSize(size);
        svg.setViewBox(QRect(QPoint(), size));
        QPainter painter;
        if (!painter.begin(&svg)) throw Error("cannot be written", file.string(), "Check the folder and the free space.");
        paint(painter);
        return;
    }
    QImage picture(size * pixelsPerUnit, QImage::Format_RGB32);
    QPainter painter(&picture);
    painter.scale(pixelsPerUnit, pixelsPerUnit);
    paint(painter);
    painter.end();
    if (!picture.save(name)) throw Error("cannot be written", file.string(), "Name a file that ends in .png or .svg and can be made.");
}

/// The mean over seeds of each part with its spread, and what it comes to at the end.
void drawBands(QPainter& painter, const QRectF& box, const QString& title, const engine::AlignmentResults& results, bool heldOut) {
    // Told apart by people who see colours differently too (Okabe and Ito 2008).
    static constexpr std::array<QRgb, 9> colours = {0x000000, 0xE69F00, 0x56B4E9, 0x009E73, 0xF0E442, 0x0072B2, 0xD55E00, 0xCC79A7, 0x888888};
    const plot::TextStyle heading{plot::TextSize::Body, QColor(Qt::black), true, false}, small{plot::TextSize::Small, QColor(60, 60, 60), false, true};
    plot::drawLine(painter, QRectF(box.left() + 44, box.top(), box.width() - 44, 20), Qt::AlignLeft, title, heading);
    const QRectF area = box.adjusted(44, 24, -190, -22);
    std::vector<std::vector<engine::AlignmentCurve::Band>> curves;
    inspect::Range range{std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()};
    for (const auto& part : results.parts) {
        curves.push_back(engine::bandOver(heldOut ? part.curve.heldOut : part.curve.losses));
        for (const auto& band : curves.back()) {
            range.low = std::min(range.low, static_cast<float>(band.mean - band.deviation));
            range.high = std::max(range.high, static_cast<float>(band.mean + band.deviation));
        }
    }
    if (range.low > range.high) return;  // stopped before the first point
    drawScale(painter, area, range);
    const double span = std::max(1e-9, static_cast<double>(range.high - range.low));
    const auto place = [&](std::size_t point, double value) {
        return QPointF(area.left() + area.width() * results.steps[point] / std::max(1, results.options.steps), area.bottom() - area.height() * (value - range.low) / span);
    };
    for (std::size_t i = 0; i < curves.size(); ++i) {
        const auto& curve = curves[i];
        if (curve.empty()) continue;
        QColor colour(colours[i % colours.size()]);
        QPainterPath line(place(0, curve[0].mean));
        QPolygonF band;
        for (std::size_t point = 0; point < curve.size(); ++point) {
            line.lineTo(place(point, curve[point].mean));
            band << place(point, curve[point].mean + curve[point].deviation);
        }
        for (std::size_t point = curve.size(); point-- > 0;) band << place(point, curve[point].mean - curve[point].deviation);
        colour.setAlphaF(0.15F);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour);
        painter.drawPolygon(band);
        colour.setAlphaF(1);
        painter.strokePath(line, QPen(colour, 1.6));
        const double y = area.top() + 18.0 * static_cast<double>(i) + 8;
        painter.setPen(QPen(colour, 2.4));
        painter.drawLine(QPointF(area.right() + 14, y), QPointF(area.right() + 34, y));
        plot::drawLine(painter, QRectF(area.right() + 40, y - 8, 150, 16), Qt::AlignLeft,
                       QString::fromStdString(results.parts[i].part.name) + u' ' + plot::formatted(curve.back().mean, 3), small);
    }
    plot::drawLine(painter, QRectF(area.left(), area.bottom() + 4, area.width(), 16), Qt::AlignRight, QStringLiteral("%L1 steps").arg(results.options.steps), small);
}

}  // namespace

void drawAlignment(const engine::AlignmentResults& results, const std::filesystem::path& file) {
    plot::requireFonts();
    const QSize size(760, 600);
    write(file, size, [&](QPainter& painter) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.fillRect(QRect(QPoint(), size), Qt::white);
        drawBands(painter, QRectF(8, 8, 744, 288), QStringLiteral("Alignment loss, mean and spread over %1 seeds").arg(results.options.seeds), results, false);
        drawBands(painter, QRectF(8, 304, 744, 288), QStringLiteral("of pairs that were never trained on"), results, true);
    });
}

void drawCurve(const std::filesystem::path& csv, const std::filesystem::path& file) {
    plot::requireFonts();
    const auto columns = readColumns(csv);
    std::vector<const Column*> losses;
    for (const Column& column : columns)
        if (isLoss(column)) losses.push_back(&column);
    const int count = static_cast<int>(losses.size()), rows = (count + chartsAcross - 1) / chartsAcross;
    const QSize size(chartsAcross * chartWidth + 16, rows * chartHeight + 16);
    const auto paint = [&](QPainter& painter) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.fillRect(QRect(QPoint(), size), Qt::white);
        for (int i = 0; i < count; ++i)
            drawChart(painter, QRectF(8 + i % chartsAcross * chartWidth, 8 + i / chartsAcross * chartHeight, chartWidth, chartHeight), columns.front(),
                      *losses[static_cast<std::size_t>(i)]);
    };
    write(file, size, paint);
}

}  // namespace fusionscope::cli
