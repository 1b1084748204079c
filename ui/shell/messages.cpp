#include "ui/shell/messages.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>

#include "ui/common/icons.h"

namespace fusionscope::ui {

namespace {

constexpr qsizetype mostRows = 3;

}  // namespace

Messages::Messages(QWidget* parent) : QWidget(parent), m_layout(new QVBoxLayout(this)) {
    setAccessibleName(tr("Messages"));
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(0);
    hide();
}

void Messages::show(const Message& message) {
    if (message.text.isEmpty() || texts().contains(message.text)) return;
    while (m_rows.size() >= mostRows) dismiss(m_rows.front());
    auto* row = makeRow(message);
    m_rows.append(row);
    m_layout->addWidget(row);
    setVisible(true);
    QAccessibleEvent event(row, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

QStringList Messages::texts() const {
    QStringList result;
    for (const auto* row : m_rows) result.append(row->accessibleName());
    return result;
}

QWidget* Messages::makeRow(const Message& message) {
    auto* row = new QWidget;
    row->setObjectName("message");
    row->setProperty("warning", message.kind == Message::Kind::Warning);
    row->setAttribute(Qt::WA_StyledBackground);
    row->setAccessibleName(message.text);
    auto* sign = new QLabel;
    sign->setPixmap(icon(message.kind == Message::Kind::Warning ? "triangle-alert" : "info").pixmap(16, 16));
    auto* text = new QLabel(message.text);
    text->setTextFormat(Qt::PlainText);
    text->setWordWrap(true);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* close = new QToolButton;
    close->setIcon(icon("x"));
    close->setToolTip(tr("Dismiss"));
    close->setAccessibleName(tr("Dismiss this message"));
    connect(close, &QToolButton::clicked, this, [this, row] { dismiss(row); });

    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(16, 4, 8, 4);
    layout->setSpacing(8);
    layout->addWidget(sign);
    layout->addWidget(text, 1);
    if (!message.step.isEmpty()) {
        auto* step = new QPushButton(message.step);
        connect(step, &QPushButton::clicked, this, [this, row, take = message.take] {
            dismiss(row);
            take();
        });
        layout->addWidget(step);
    }
    layout->addWidget(close);
    return row;
}

void Messages::dismiss(QWidget* row) {
    m_rows.removeAll(row);
    m_layout->removeWidget(row);
    row->hide();
    row->deleteLater();
    setVisible(!m_rows.isEmpty());
}

}  // namespace fusionscope::ui
