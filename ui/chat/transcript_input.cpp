#include <QApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QToolTip>
#include <QClipboard>
#include <QGuiApplication>
#include <QMouseEvent>
#include <algorithm>

#include "ui/chat/transcript_view.h"

/// What a person does with a transcript by mouse and keyboard.
namespace fusionscope::ui {

QPointF TranscriptView::inRow(int row, const QPoint& point) const {
    return point - visualRect(m_model.index(row)).topLeft();
}

TranscriptView::Spot TranscriptView::spotAt(const QPoint& point) const {
    const auto index = indexAt(point);
    if (!index.isValid()) return {};
    return {index.row(), layoutOf(index.row()).zoneAt(inRow(index.row(), point))};
}

void TranscriptView::hover(const Spot& spot) {
    if (spot == m_hovered) return;
    const auto before = m_hovered;
    m_hovered = spot;
    updateRow(before.row);
    updateRow(spot.row);
    using Kind = Zone::Kind;
    if (spot.zone.kind == Kind::Word)
        lookAtWord(spot.row, spot.zone.index, false);
    else if (before.zone.kind == Kind::Word)
        emit wordLookedAt(m_keptWord);
    const bool text = spot.zone.kind == Kind::Word || spot.zone.kind == Kind::Text;
    viewport()->setCursor(text                              ? Qt::IBeamCursor
                          : spot.zone.kind == Kind::Nothing ? Qt::ArrowCursor
                                                            : Qt::PointingHandCursor);
}

void TranscriptView::lookAtWord(int row, int word, bool keep) {
    const auto* turn = m_model.turn(row);
    const auto& tokens = layoutOf(row).tokens();
    if (!turn || !tokens || word < 0 || word >= static_cast<int>(tokens->words.size())) return;
    const auto& chosen = tokens->words[static_cast<std::size_t>(word)];
    const WordRef ref{turn->id, chosen.firstToken, chosen.tokenCount};
    if (keep) m_keptWord = ref;
    emit wordLookedAt(ref);
}

void TranscriptView::showWord(const std::optional<WordRef>& word) {
    if (!word) m_keptWord.reset();
    m_word = word;
    viewport()->update();
}

void TranscriptView::mouseMoveEvent(QMouseEvent* event) {
    if (event->buttons() & Qt::LeftButton && m_pressed.row >= 0 && m_selectionTurn != 0) {
        m_selectionEnd = layoutOf(m_pressed.row).cursorAt(inRow(m_pressed.row, event->pos()));
        updateRow(m_pressed.row);
        return;
    }
    hover(spotAt(event->pos()));
}

void TranscriptView::mousePressEvent(QMouseEvent* event) {
    const auto spot = spotAt(event->pos());
    if (spot.row < 0) return;
    setCurrentIndex(m_model.index(spot.row));
    if (event->button() != Qt::LeftButton) return;
    m_pressed = spot;
    const auto* turn = m_model.turn(spot.row);
    const bool text = spot.zone.kind == Zone::Kind::Word || spot.zone.kind == Zone::Kind::Text;
    m_selectionTurn = turn && text ? turn->id : 0;
    m_selectionAnchor = m_selectionEnd = layoutOf(spot.row).cursorAt(inRow(spot.row, event->pos()));
    viewport()->update();
}

void TranscriptView::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    const auto pressed = std::exchange(m_pressed, {});
    const bool selected = m_selectionTurn != 0 && m_selectionAnchor != m_selectionEnd;
    if (pressed.row >= 0 && !selected && spotAt(event->pos()) == pressed) act(pressed);
}

void TranscriptView::mouseDoubleClickEvent(QMouseEvent* event) {
    const auto spot = spotAt(event->pos());
    const auto* turn = spot.row < 0 ? nullptr : m_model.turn(spot.row);
    if (!turn) return;
    m_selectionTurn = turn->id;
    const auto& layout = layoutOf(spot.row);
    std::tie(m_selectionAnchor, m_selectionEnd) = layout.wordRangeAt(layout.cursorAt(inRow(spot.row, event->pos())));
    updateRow(spot.row);
}

void TranscriptView::leaveEvent(QEvent* event) {
    QAbstractItemView::leaveEvent(event);
    hover({});
}

void TranscriptView::act(const Spot& spot) {
    const auto* turn = m_model.turn(spot.row);
    if (!turn) return;
    const auto id = turn->id;
    switch (spot.zone.kind) {
        case Zone::Kind::Copy: QGuiApplication::clipboard()->setText(turn->text); return;
        case Zone::Kind::CopyCode:
            QGuiApplication::clipboard()->setText(layoutOf(spot.row).codeAt(spot.zone.index));
            return;
        case Zone::Kind::Regenerate: emit regenerateWanted(id); return;
        case Zone::Kind::Edit: emit editWanted(id); return;
        case Zone::Kind::PreviousBranch: emit branchWanted(id, -1); return;
        case Zone::Kind::NextBranch: emit branchWanted(id, 1); return;
        case Zone::Kind::Picture: emit pictureChosen(id, spot.zone.index); return;
        case Zone::Kind::Link: emit linkChosen(spot.zone.text); return;
        case Zone::Kind::Word: lookAtWord(spot.row, spot.zone.index, true); break;
        case Zone::Kind::Nothing:
        case Zone::Kind::Text: break;
    }
    emit answerChosen(id);
}

void TranscriptView::keyPressEvent(QKeyEvent* event) {
    const int row = currentIndex().row();
    const auto* turn = row < 0 ? nullptr : m_model.turn(row);
    if (event->matches(QKeySequence::Copy)) {
        QGuiApplication::clipboard()->setText(textToCopy());
        return;
    }
    const bool sideways = event->key() == Qt::Key_Left || event->key() == Qt::Key_Right;
    if (turn && sideways && event->modifiers() == Qt::NoModifier) {
        const auto& tokens = layoutOf(row).tokens();
        if (!tokens) return;
        const int words = static_cast<int>(tokens->words.size()), now = stateOf(row).word;
        const int step = event->key() == Qt::Key_Right ? 1 : -1;
        lookAtWord(row, now < 0 ? (step > 0 ? 0 : words - 1) : std::clamp(now + step, 0, words - 1), true);
        return;
    }
    if (turn && (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)) {
        emit answerChosen(turn->id);
        return;
    }
    QAbstractItemView::keyPressEvent(event);
}

bool TranscriptView::viewportEvent(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        const auto zone = spotAt(help->pos()).zone;
        const auto tip = [&]() -> QString {
            switch (zone.kind) {
                case Zone::Kind::Copy: return tr("Copy the text");
                case Zone::Kind::CopyCode: return tr("Copy the code");
                case Zone::Kind::Regenerate: return tr("Answer once more; this answer stays as a branch");
                case Zone::Kind::Edit: return tr("Change the question; the old one stays as a branch");
                case Zone::Kind::PreviousBranch: return tr("The branch before");
                case Zone::Kind::NextBranch: return tr("The next branch");
                case Zone::Kind::Picture: return tr("Show the picture");
                case Zone::Kind::Link: return zone.text;
                default: return {};
            }
        }();
        QToolTip::showText(help->globalPos(), tip, viewport());
        return true;
    }
    return QAbstractItemView::viewportEvent(event);
}

QString TranscriptView::textToCopy() const {
    const int row = m_selectionTurn == 0 ? -1 : m_model.rowOf(m_selectionTurn);
    if (row >= 0 && m_selectionAnchor != m_selectionEnd)
        return layoutOf(row).selectedText(std::min(m_selectionAnchor, m_selectionEnd),
                                          std::max(m_selectionAnchor, m_selectionEnd));
    return currentIndex().data().toString();
}

QModelIndex TranscriptView::moveCursor(CursorAction action, Qt::KeyboardModifiers) {
    const int rows = m_model.rowCount();
    if (rows == 0) return {};
    const int row = currentIndex().isValid() ? currentIndex().row() : rows - 1;
    const auto page = [&](int y) {
        const auto index = indexAt({0, y});
        return index.isValid() ? index.row() : y < 0 ? 0 : rows - 1;
    };
    const auto rect = visualRect(m_model.index(row));
    switch (action) {
        case MoveUp:
        case MovePrevious: return m_model.index(std::max(0, row - 1));
        case MoveDown:
        case MoveNext: return m_model.index(std::min(rows - 1, row + 1));
        case MovePageUp: return m_model.index(std::min(page(rect.top() - viewport()->height()), row));
        case MovePageDown: return m_model.index(std::max(page(rect.top() + viewport()->height()), row));
        case MoveHome: return m_model.index(0);
        case MoveEnd: return m_model.index(rows - 1);
        default: return m_model.index(row);
    }
}

void TranscriptView::setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags flags) {
    const auto index = indexAt(rect.center());
    if (index.isValid()) selectionModel()->select(index, flags);
}

QRegion TranscriptView::visualRegionForSelection(const QItemSelection& selection) const {
    QRegion region;
    for (const auto& index : selection.indexes()) region += visualRect(index);
    return region;
}

void TranscriptView::currentChanged(const QModelIndex& current, const QModelIndex& previous) {
    QAbstractItemView::currentChanged(current, previous);
    setAccessibleDescription(current.data(Qt::AccessibleTextRole).toString());
    viewport()->update();
}

}  // namespace fusionscope::ui
