#include "core/world/chart_geometry.h"

#include <numeric>

namespace fusionscope::world {

double positionOf(const Chart& chart, int value) {
    const double share = static_cast<double>(value) / chart.top;
    return chart.horizontal ? chart.plot.left() + share * chart.plot.width() : chart.plot.bottom() - share * chart.plot.height();
}

double middleOf(const Chart& chart, int category) {
    const double share = (category + 0.5) / static_cast<double>(chart.categories.size());
    return chart.horizontal ? chart.plot.top() + share * chart.plot.height() : chart.plot.left() + share * chart.plot.width();
}

QRectF barOf(const Chart& chart, int series, int category) {
    const double band = (chart.horizontal ? chart.plot.height() : chart.plot.width()) / static_cast<double>(chart.categories.size());
    const double width = 0.68 * band / static_cast<double>(chart.values.size());
    const double begin = middleOf(chart, category) - 0.34 * band + width * series;
    const double end = positionOf(chart, chart.values[static_cast<std::size_t>(series)][static_cast<std::size_t>(category)]);
    return chart.horizontal ? QRectF(QPointF(chart.plot.left(), begin), QPointF(end, begin + width))
                            : QRectF(QPointF(begin, end), QPointF(begin + width, chart.plot.bottom()));
}

QPointF pointOf(const Chart& chart, int series, int category) {
    return {middleOf(chart, category),
            positionOf(chart, chart.values[static_cast<std::size_t>(series)][static_cast<std::size_t>(category)])};
}

QRectF cellOf(const Chart& chart, int row, int column) {
    const double width = chart.plot.width() / static_cast<double>(chart.series.size() + 1);
    const double height = chart.plot.height() / static_cast<double>(chart.categories.size() + 1);
    return {chart.plot.left() + column * width, chart.plot.top() + row * height, width, height};
}

Colour colourOf(const Chart& chart, int series, int category) {
    return chart.colours[static_cast<std::size_t>(chart.series.size() > 1 ? series : category)];
}

std::pair<double, double> sliceOf(const Chart& chart, int category) {
    const auto& values = chart.values.front();
    const double whole = std::accumulate(values.begin(), values.end(), 0);
    const double before = std::accumulate(values.begin(), values.begin() + category, 0);
    return {360 * before / whole, 360 * values[static_cast<std::size_t>(category)] / whole};
}

}  // namespace fusionscope::world
