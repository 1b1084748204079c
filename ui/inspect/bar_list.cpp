#include "ui/inspect/bar_list.h"

#include <QPainter>
#include <algorithm>

#include "ui/common/accessible_role.h"
#include "ui/plot/numbers.h"

namespace fusionscope::ui {

BarList::BarList(const QString& title, QWidget* parent) : QWidget(parent), m_title(title) {
    setAccessibleName(title);
    setAccessibleRole(*this, QAccessible::Chart);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    hide();
}

void BarList::setBars(std::vector<std::pair<QString, double>> bars) {
    m_bars = std::move(bars);
    QStringList told;
    for (const auto& [name, value] : m_bars) told += name + u' ' + plot::formatted(value, 2);
    setAccessibleDescription(told.join(QStringLiteral(", ")));
    setVisible(!m_bars.empty());
    updateGeometry();
    update();
}

QSize BarList::sizeHint() const {
    const int line = fontMetrics().height() + 6;
    return {240, line * (static_cast<int>(m_bars.size()) + 1) + 4};
}

void BarList::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const double line = fontMetrics().height() + 6, numberWidth = 48;
    double names = 0;
    for (const auto& [name, value] : m_bars) names = std::max<double>(names, fontMetrics().horizontalAdvance(name));
    auto strong = font();
    strong.setWeight(QFont::DemiBold);
    painter.setFont(strong);
    painter.drawText(QRectF(0, 0, width(), line), Qt::AlignVCenter, m_title);
    painter.setFont(font());
    for (size_t i = 0; i < m_bars.size(); ++i) {
        const auto& [name, value] = m_bars[i];
        const double top = line * static_cast<double>(i + 1) + 4, length = (width() - names - 16 - numberWidth) * std::clamp(value, 0.0, 1.0);
        painter.setPen(palette().color(QPalette::PlaceholderText));
        painter.drawText(QRectF(0, top, names, line), Qt::AlignVCenter, name);
        painter.setPen(Qt::NoPen);
        painter.setBrush(palette().color(QPalette::Highlight));
        painter.drawRoundedRect(QRectF(names + 16, top + line / 2 - 4, std::max(1.0, length), 8), 2, 2);
        painter.setPen(palette().color(QPalette::WindowText));
        painter.drawText(QRectF(names + 24 + length, top, numberWidth, line), Qt::AlignVCenter, plot::formatted(value, 2));
    }
}

}  // namespace fusionscope::ui
