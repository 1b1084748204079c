#include "ui/inspect/word_flow.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/common/accessible_role.h"
#include "ui/common/text_sizes.h"
#include "ui/common/tint.h"
#include "ui/plot/numbers.h"

namespace fusionscope::ui {

namespace {

constexpr double barHeight = 24, gap = 8, leastScale = 0.5;

}  // namespace

WordFlow::WordFlow(QWidget* parent) : QWidget(parent) {
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Change of each word's log-probability"));
    setAccessibleRole(*this, QAccessible::Chart);
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void WordFlow::setWords(std::vector<Word> words) {
    m_words = std::move(words);
    m_chosen = -1;
    QStringList told;
    for (const auto& word : m_words) told += word.text + u' ' + plot::formatted(word.change, 2);
    setAccessibleDescription(told.join(QStringLiteral(", ")));
    updateGeometry();
    update();
}

void WordFlow::setChosen(int word) {
    m_chosen = word;
    update();
}

std::vector<QRectF> WordFlow::rectsFor(double width) const {
    const QFontMetricsF metrics(textFont());
    const double height = metrics.height() + barHeight;
    std::vector<QRectF> rects;
    QPointF at(0, 0);
    for (const auto& word : m_words) {
        const double wide = std::max(12.0, metrics.horizontalAdvance(word.text));
        if (at.x() > 0 && at.x() + wide > width) at = QPointF(0, at.y() + height + gap);
        rects.emplace_back(at, QSizeF(wide, height));
        at.rx() += wide + gap;
    }
    return rects;
}

int WordFlow::heightForWidth(int width) const {
    const auto rects = rectsFor(width);
    return rects.empty() ? 0 : static_cast<int>(std::ceil(rects.back().bottom()));
}

void WordFlow::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const auto rects = rectsFor(width());
    double most = leastScale;
    for (const auto& word : m_words) most = std::max(most, std::abs(word.change));
    const auto accent = palette().color(QPalette::Highlight), loss = palette().color(QPalette::BrightText);
    for (size_t i = 0; i < rects.size(); ++i) {
        const auto& word = m_words[i];
        const auto& rect = rects[i];
        if (static_cast<int>(i) == m_chosen) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(tinted(palette(), chosenTint));
            painter.drawRoundedRect(rect.adjusted(-3, 0, 3, 0), 4, 4);
        }
        painter.setFont(textFont());
        painter.setPen(word.marked ? loss : palette().color(QPalette::WindowText));
        painter.drawText(rect, Qt::AlignTop | Qt::AlignLeft, word.text);
        const double length = (barHeight - 6) * std::abs(word.change) / most;
        painter.setPen(Qt::NoPen);
        painter.setBrush(word.change < 0 ? loss : accent);
        painter.drawRoundedRect(QRectF(rect.left(), rect.bottom() - barHeight + 3, rect.width(), std::max(1.0, length)), 1.5, 1.5);
    }
    if (!hasFocus() || rects.empty() || m_chosen >= 0) return;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(accent);
    painter.drawRoundedRect(rects.front().adjusted(-3, 0, 3, 0), 4, 4);
}

int WordFlow::wordAt(const QPointF& point) const {
    const auto rects = rectsFor(width());
    for (size_t i = 0; i < rects.size(); ++i)
        if (rects[i].adjusted(-gap / 2, 0, gap / 2, 0).contains(point)) return static_cast<int>(i);
    return -1;
}

void WordFlow::mousePressEvent(QMouseEvent* event) {
    const int word = wordAt(event->position());
    if (word >= 0) emit chosen(word);
}

void WordFlow::keyPressEvent(QKeyEvent* event) {
    const int step = event->key() == Qt::Key_Right ? 1 : event->key() == Qt::Key_Left ? -1 : 0;
    if (step == 0 || m_words.empty()) {
        QWidget::keyPressEvent(event);
        return;
    }
    emit chosen(std::clamp(m_chosen + step, 0, static_cast<int>(m_words.size()) - 1));
}

bool WordFlow::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const int word = wordAt(help->pos());
    if (word < 0) {
        QToolTip::hideText();
        return true;
    }
    const auto& [text, change, marked] = m_words[static_cast<size_t>(word)];
    QToolTip::showText(help->globalPos(), tr("“%1”: log-probability %2").arg(text, plot::formatted(change, 3)), this);
    return true;
}

}  // namespace fusionscope::ui
