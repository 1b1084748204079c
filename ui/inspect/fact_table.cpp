#include "ui/inspect/fact_table.h"

#include <QGridLayout>
#include <QLabel>
#include <QPainter>

#include "ui/common/text_sizes.h"

namespace fusionscope::ui {

FactTable::FactTable(const QStringList& names, QWidget* parent) : QWidget(parent), m_title(new QLabel) {
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(9);
    grid->setColumnStretch(1, 1);
    auto font = m_title->font();
    font.setWeight(QFont::DemiBold);
    m_title->setFont(font);
    m_title->setWordWrap(true);
    grid->addWidget(m_title, 0, 0, 1, 2);
    for (int line = 0; line < names.size(); ++line) {
        auto* name = new QLabel(names[line]);
        name->setForegroundRole(QPalette::PlaceholderText);
        auto* value = new QLabel;
        for (auto* label : {name, value}) label->setFont(textFont(TextSize::Small));  // whole in a window of 1280 pixels
        value->setTextInteractionFlags(Qt::TextSelectableByMouse);
        value->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
        value->setAccessibleName(names[line]);
        grid->addWidget(name, line + 1, 0);
        grid->addWidget(value, line + 1, 1);
        m_values.push_back(value);
        m_texts.append(QString());
    }
}

void FactTable::setTitle(const QString& title) { m_title->setText(title); }

void FactTable::setValue(int line, const QString& value) {
    m_texts[line] = value;
    m_values[static_cast<size_t>(line)]->setToolTip(value);
    elide();
}

void FactTable::elide() {
    for (int line = 0; line < m_texts.size(); ++line) {
        auto* label = m_values[static_cast<size_t>(line)];
        label->setText(label->fontMetrics().elidedText(m_texts[line], Qt::ElideMiddle, label->width()));
    }
}

void FactTable::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    elide();
}

void FactTable::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setPen(palette().color(QPalette::Mid));
    for (const auto* value : m_values) {
        const int y = value->geometry().bottom() + 5;
        painter.drawLine(0, y, width(), y);
    }
}

}  // namespace fusionscope::ui
