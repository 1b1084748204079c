#include "ui/media/notice_bar.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

#include "ui/common/icons.h"

namespace fusionscope::ui {

NoticeBar::NoticeBar(QWidget* over) : QFrame(over), m_label(new QLabel) {
    setObjectName("notice");  // for the style sheet
    setAccessibleName(tr("Message"));
    m_label->setWordWrap(true);
    m_label->setTextFormat(Qt::PlainText);
    m_label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    auto* close = new QToolButton;
    close->setIcon(icon("x"));
    close->setAutoRaise(true);
    close->setToolTip(tr("Close the message"));
    close->setAccessibleName(close->toolTip());
    connect(close, &QToolButton::clicked, this, &NoticeBar::clear);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(8, 0, 0, 0);
    layout->addWidget(m_label, 1);
    layout->addWidget(close, 0, Qt::AlignTop);
    over->installEventFilter(this);
    hide();
}

void NoticeBar::add(const QString& sentence) {
    m_sentences.removeAll(sentence);
    m_sentences << sentence;
    auto shown = m_sentences.mid(0, shownSentences);
    if (m_sentences.size() > shownSentences)
        shown << tr("… and %n more", nullptr, int(m_sentences.size()) - shownSentences);
    m_label->setText(shown.join('\n'));
    place();
    show();
    raise();
}

void NoticeBar::clear() {
    m_sentences.clear();
    m_label->clear();
    hide();
}

QString NoticeBar::text() const { return m_label->text(); }

bool NoticeBar::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Resize) place();
    return QFrame::eventFilter(watched, event);
}

void NoticeBar::place() {
    const int width = std::min(parentWidget()->width() - 16, 640);
    ensurePolished();  // the style sheet adds to the margins
    setGeometry((parentWidget()->width() - width) / 2, 8, width, layout()->totalHeightForWidth(width));
}

}  // namespace fusionscope::ui
