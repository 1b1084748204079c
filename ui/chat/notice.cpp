#include "ui/chat/notice.h"

#include <QAccessible>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>

#include "ui/common/icons.h"

namespace fusionscope::ui {

Notice::Notice(QWidget* parent) : QFrame(parent), m_sentence(new QLabel), m_button(new QPushButton) {
    setAccessibleName(tr("Message"));
    setAutoFillBackground(true);
    setBackgroundRole(QPalette::AlternateBase);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(16, 4, 8, 4);
    m_sentence->setWordWrap(true);
    m_sentence->setTextFormat(Qt::PlainText);
    m_sentence->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    row->addWidget(m_sentence, 1);
    row->addWidget(m_button);
    auto* close = new QToolButton;
    close->setIcon(icon("x"));
    close->setAutoRaise(true);
    close->setToolTip(tr("Close the message"));
    close->setAccessibleName(close->toolTip());
    row->addWidget(close);
    connect(close, &QToolButton::clicked, this, &QWidget::hide);
    connect(m_button, &QPushButton::clicked, this, [this] {
        hide();
        const auto action = m_action;  // it may tell something new
        action();
    });
    hide();
}

QString Notice::sentence() const { return isHidden() ? QString() : m_sentence->text(); }

void Notice::tell(const QString& sentence, const QString& button, const std::function<void()>& action) {
    m_sentence->setText(sentence);
    m_sentence->setAccessibleName(sentence);
    m_button->setText(button);
    m_action = action;
    m_button->setVisible(static_cast<bool>(action));
    show();
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

}  // namespace fusionscope::ui
