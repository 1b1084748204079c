#include "ui/inspect/plot_look.h"

#include <qcustomplot.h>

#include "ui/common/text_sizes.h"
#include "ui/plot/colour_scale.h"

namespace fusionscope::ui {

void dress(QCustomPlot& plot, const QPalette& palette) {
    const auto ink = palette.color(QPalette::WindowText), muted = palette.color(QPalette::PlaceholderText);
    const auto line = palette.color(QPalette::Mid);
    plot.setBackground(palette.color(QPalette::Window));
    plot.setLocale(QLocale::c());  // figures are written like those of the tables and of exports
    for (auto* axis : {plot.xAxis, plot.yAxis}) {
        axis->setBasePen(QPen(line));
        axis->setTickPen(QPen(line));
        axis->setSubTickPen(Qt::NoPen);
        axis->setTickLabelColor(muted);
        axis->setLabelColor(muted);
        axis->setTickLabelFont(textFont(TextSize::Small));
        axis->setLabelFont(textFont(TextSize::Small));
        axis->grid()->setPen(QPen(line, 1, Qt::DotLine));
        axis->grid()->setZeroLinePen(QPen(muted));
    }
    plot.legend->setBrush(palette.color(QPalette::Window));
    plot.legend->setBorderPen(Qt::NoPen);
    plot.legend->setTextColor(ink);
    plot.legend->setFont(textFont(TextSize::Small));
}

QColor lineColour(int index, const QPalette& palette) {
    const QColor colour(plot::classColour(index));
    const bool light = palette.color(QPalette::Window).lightness() > 128;
    if (light && colour.lightness() > 150) return colour.darker(140);
    if (!light && colour.lightness() < 90) return colour.lighter(150);
    return colour;
}

}  // namespace fusionscope::ui
