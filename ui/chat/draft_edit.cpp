#include "ui/chat/draft_edit.h"

#include <QKeyEvent>
#include <QTextBlock>
#include <QTextDocument>
#include <algorithm>
#include <cmath>

#include "ui/chat/draft_pictures.h"

namespace fusionscope::ui {

namespace {

constexpr int mostLines = 6;

}  // namespace

DraftEdit::DraftEdit(QWidget* parent) : QPlainTextEdit(parent) {
    setAccessibleName(tr("Question"));
    setTabChangesFocus(true);
    setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(this, &QPlainTextEdit::textChanged, this, &DraftEdit::fit);
    fit();
}

int DraftEdit::heightOf(int lines) const {
    return static_cast<int>(std::ceil(lines * QFontMetricsF(font()).lineSpacing() + 2 * document()->documentMargin())) +
           2 * frameWidth() + 2;
}

void DraftEdit::fit() {
    // A plain text document measures its height in lines.
    const int lines = std::clamp(static_cast<int>(document()->size().height()), 1, mostLines);
    if (const int height = heightOf(lines); height != maximumHeight()) {
        setFixedHeight(height);
        updateGeometry();
    }
}

QSize DraftEdit::sizeHint() const { return {240, maximumHeight()}; }
QSize DraftEdit::minimumSizeHint() const { return {80, heightOf(1)}; }

void DraftEdit::setHint(const QString& text) {
    m_hint = text;
    setAccessibleDescription(text);
    showHint();
}

void DraftEdit::showHint() {
    const double room = viewport()->width() - 2 * document()->documentMargin();
    setPlaceholderText(fontMetrics().elidedText(m_hint, Qt::ElideRight, static_cast<int>(room)));
}

void DraftEdit::resizeEvent(QResizeEvent* event) {
    QPlainTextEdit::resizeEvent(event);
    if (event->size().width() == event->oldSize().width()) return;
    fit();
    showHint();
}

void DraftEdit::changeEvent(QEvent* event) {
    QPlainTextEdit::changeEvent(event);
    if (event->type() != QEvent::FontChange) return;
    fit();
    showHint();
}

void DraftEdit::keyPressEvent(QKeyEvent* event) {
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (enter && !(event->modifiers() & Qt::ShiftModifier)) {
        emit sendWanted();
        return;
    }
    QPlainTextEdit::keyPressEvent(event);
}

bool DraftEdit::canInsertFromMimeData(const QMimeData* given) const {
    return DraftPictures::canAttach(*given) || QPlainTextEdit::canInsertFromMimeData(given);
}

void DraftEdit::insertFromMimeData(const QMimeData* given) {
    if (DraftPictures::canAttach(*given))
        emit picturesGiven(*given);
    else
        QPlainTextEdit::insertFromMimeData(given);
}

}  // namespace fusionscope::ui
