#include "ui/chat/transcript_view.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <algorithm>

#include "ui/common/accessible_role.h"
#include "ui/common/text_sizes.h"

namespace fusionscope::ui {

namespace {

constexpr int layoutsKept = 120;
constexpr int streamingInterval = 33;  // milliseconds between two drawings of text that arrives

}  // namespace

TranscriptView::TranscriptView(TranscriptModel& model, Thumbnails& thumbnails, QWidget* parent)
    : QAbstractItemView(parent), m_model(model), m_thumbnails(thumbnails) {
    setAccessibleName(tr("Conversation"));
    setAccessibleRole(*this, QAccessible::Document);
    setFrameShape(QFrame::NoFrame);
    setSelectionMode(SingleSelection);
    setEditTriggers(NoEditTriggers);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(ScrollPerPixel);
    viewport()->setMouseTracking(true);
    viewport()->setBackgroundRole(QPalette::Window);
    setModel(&model);

    m_layoutTimer.setSingleShot(true);
    m_layoutTimer.setInterval(streamingInterval);
    connect(&m_layoutTimer, &QTimer::timeout, this, &TranscriptView::layOutVisible);
    connect(&model, &QAbstractItemModel::modelReset, this, [this] {
        readRows();
        m_atEnd = true;
        m_selectionTurn = 0;
        layOutVisible();
    });
    connect(&model, &QAbstractItemModel::rowsInserted, this, [this](const QModelIndex&, int first, int) {
        forget(first, static_cast<int>(m_rows.size()) - 1);
        readRows();
        layOutVisible();
    });
    connect(&model, &QAbstractItemModel::rowsRemoved, this, [this](const QModelIndex&, int first, int) {
        forget(first, static_cast<int>(m_rows.size()) - 1);
        m_rows.resize(static_cast<std::size_t>(first));
        readRows();
        layOutVisible();
    });
    connect(&model, &QAbstractItemModel::dataChanged, this, [this](const QModelIndex& first, const QModelIndex& last) {
        forget(first.row(), last.row());
        if (!m_layoutTimer.isActive()) m_layoutTimer.start();
    });
    connect(&thumbnails, &Thumbnails::ready, this, [this] {
        m_layouts.clear();
        m_recent.clear();
        viewport()->update();
    });
}

TranscriptView::~TranscriptView() = default;

void TranscriptView::readRows() {
    const auto rows = static_cast<std::size_t>(m_model.rowCount());
    if (m_model.rowCount() == 0) m_rows.clear();
    while (m_rows.size() < rows) m_rows.push_back({guessedHeight(static_cast<int>(m_rows.size())), false});
    m_rows.resize(rows);
    m_tops.clear();
    m_hovered = {};
}

void TranscriptView::forget(int firstRow, int lastRow) {
    for (int row = firstRow; row <= lastRow; ++row) {
        if (m_layouts.remove(row) > 0) m_recent.remove(row);
        if (row < static_cast<int>(m_rows.size())) m_rows[static_cast<std::size_t>(row)].measured = false;
    }
}

int TranscriptView::guessedHeight(int row) const {
    const QFontMetrics metrics(textFont());
    const int perLine = std::max(8, (viewport()->width() - 2 * rowMargin) / std::max(1, metrics.averageCharWidth()));
    const auto* turn = m_model.turn(row);
    const auto characters = turn ? turn->text.size() : 0;
    return static_cast<int>(48 + (characters / perLine + 1) * metrics.lineSpacing());
}

RowFacts TranscriptView::factsOf(int row) const {
    RowFacts facts;
    const auto* turn = m_model.turn(row);
    if (!turn) {
        facts.speaker = m_model.index(row).data().toString();
        facts.isWriting = true;
        return facts;
    }
    const auto index = m_model.index(row);
    facts.speaker = index.data(TranscriptModel::SpeakerRole).toString();
    facts.caption = index.data(TranscriptModel::CaptionRole).toString();
    std::tie(facts.branch, facts.branches) = m_model.branch(row);
    facts.isAnswer = turn->role == session::Role::Assistant;
    facts.isQuestion = turn->role == session::Role::User;
    facts.isTask = turn->role == session::Role::Task;
    facts.isWriting = turn->state == session::TurnState::Writing;
    facts.hasTokens = facts.isAnswer && !facts.isWriting && turn->statistics.is_object() &&
                      turn->statistics.contains("tokens");
    if (facts.isWriting) facts.caption = tr("answering");
    int number = m_model.firstPictureNumber(row);
    for (const auto& picture : turn->pictures) {
        QString text = facts.isTask ? picture.name : QString("%1  %2").arg(number++).arg(picture.name);
        const auto tokens = m_countedTokens.value(picture.hash, m_usualTokens);
        if (facts.isQuestion && tokens > 0) text += tr(" · %Ln token(s)", nullptr, static_cast<int>(tokens));
        facts.chips.push_back({m_thumbnails.of(picture.hash), text});
    }
    return facts;
}

const TurnLayout& TranscriptView::layoutOf(int row) const {
    auto& layout = m_layouts[row];
    if (layout && layout->width() == viewport()->width()) return *layout;
    const auto* turn = m_model.turn(row);
    auto facts = factsOf(row);
    auto tokens = facts.isAnswer && !facts.isWriting ? m_model.tokens(turn->id) : nullptr;
    auto text = turn ? turn->text : QString();
    if (turn && facts.isWriting) text += u'▌';
    layout = std::make_shared<TurnLayout>(text, std::move(facts), std::move(tokens),
                                          viewport()->width(), palette());
    auto made = layout;
    m_recent.remove(row);
    m_recent.push_front(row);
    while (static_cast<int>(m_recent.size()) > layoutsKept) {
        m_layouts.remove(m_recent.back());
        m_recent.pop_back();
    }
    return *made;
}

int TranscriptView::measuredHeight(int row) const {
    auto& known = m_rows[static_cast<std::size_t>(row)];
    if (known.measured) return known.height;
    const int height = layoutOf(row).height();
    if (height != known.height) m_tops.clear();
    known = {height, true};
    return height;
}

void TranscriptView::sumHeights() const {
    if (m_tops.size() == m_rows.size() + 1) return;
    m_tops.assign(1, 0);
    for (const auto& row : m_rows) m_tops.push_back(m_tops.back() + row.height);
}

int TranscriptView::rowAt(int y) const {
    sumHeights();
    const auto place = std::upper_bound(m_tops.begin(), m_tops.end(), y) - m_tops.begin() - 1;
    return std::clamp(static_cast<int>(place), 0, std::max(0, static_cast<int>(m_rows.size()) - 1));
}

int TranscriptView::verticalOffset() const {
    sumHeights();
    if (m_rows.empty()) return 0;
    return m_tops[static_cast<std::size_t>(m_anchorRow)] + m_anchorOffset;
}

void TranscriptView::moveAnchor(int by) {
    m_anchorOffset += by;
    while (m_anchorOffset < 0 && m_anchorRow > 0) m_anchorOffset += measuredHeight(--m_anchorRow);
    while (m_anchorRow + 1 < static_cast<int>(m_rows.size()) && m_anchorOffset >= measuredHeight(m_anchorRow))
        m_anchorOffset -= measuredHeight(m_anchorRow++);
    m_anchorOffset = std::max(0, m_anchorOffset);
}

void TranscriptView::layOutVisible() {
    m_layoutTimer.stop();
    const int rows = static_cast<int>(m_rows.size()), height = viewport()->height();
    m_anchorRow = std::clamp(m_anchorRow, 0, std::max(0, rows - 1));
    if (rows == 0) m_anchorOffset = 0;
    // From the anchor down until the window is full; where it does not get full, from the end up.
    int filled = -m_anchorOffset;
    if (!m_atEnd)
        for (int row = m_anchorRow; row < rows && filled < height; ++row) filled += measuredHeight(row);
    if (m_atEnd || filled < height) {
        filled = 0;
        int row = rows;
        while (row > 0 && filled < height) filled += measuredHeight(--row);
        m_anchorRow = row;
        m_anchorOffset = std::max(0, filled - height);
    }
    updateGeometries();
    viewport()->update();
}

void TranscriptView::updateGeometries() {
    sumHeights();
    const int total = m_tops.back(), height = viewport()->height();
    m_settingBar = true;
    verticalScrollBar()->setPageStep(height);
    verticalScrollBar()->setSingleStep(QFontMetrics(textFont()).lineSpacing());
    verticalScrollBar()->setRange(0, std::max(0, total - height));
    verticalScrollBar()->setValue(verticalOffset());
    m_settingBar = false;
    QAbstractItemView::updateGeometries();
}

void TranscriptView::scrollContentsBy(int, int dy) {
    if (m_settingBar) return;
    // What stands beside the window is measured before it comes into sight; a far jump may rely on guesses.
    if (std::abs(dy) <= 3 * viewport()->height()) {
        moveAnchor(-dy);
    } else {
        const int value = verticalScrollBar()->value();
        m_anchorRow = rowAt(value);
        m_anchorOffset = value - m_tops[static_cast<std::size_t>(m_anchorRow)];
    }
    m_atEnd = verticalScrollBar()->value() >= verticalScrollBar()->maximum();
    layOutVisible();
}

void TranscriptView::scrollToEnd() {
    m_atEnd = true;
    layOutVisible();
}

void TranscriptView::resizeEvent(QResizeEvent* event) {
    QAbstractItemView::resizeEvent(event);
    if (event->size().width() != event->oldSize().width()) {
        m_layouts.clear();
        m_recent.clear();
        for (std::size_t row = 0; row < m_rows.size(); ++row)
            m_rows[row] = {guessedHeight(static_cast<int>(row)), false};
        m_tops.clear();
    }
    layOutVisible();
}

void TranscriptView::changeEvent(QEvent* event) {
    QAbstractItemView::changeEvent(event);
    if (event->type() != QEvent::PaletteChange && event->type() != QEvent::FontChange) return;
    m_layouts.clear();
    m_recent.clear();
    for (auto& row : m_rows) row.measured = false;
    layOutVisible();
}

QRect TranscriptView::visualRect(const QModelIndex& index) const {
    if (!index.isValid() || index.row() >= static_cast<int>(m_rows.size())) return {};
    sumHeights();
    const auto row = static_cast<std::size_t>(index.row());
    return {0, m_tops[row] - verticalOffset(), viewport()->width(), m_rows[row].height};
}

void TranscriptView::scrollTo(const QModelIndex& index, ScrollHint hint) {
    if (!index.isValid()) return;
    measuredHeight(index.row());
    const auto rect = visualRect(index);
    const bool inSight = rect.top() >= 0 && rect.bottom() < viewport()->height();
    if (hint == EnsureVisible && (inSight || (rect.top() < viewport()->height() && rect.bottom() >= 0 &&
                                              rect.height() > viewport()->height())))
        return;
    m_atEnd = false;
    m_anchorRow = index.row();
    m_anchorOffset = 0;
    if (hint != PositionAtTop && rect.top() >= 0) moveAnchor(-std::max(0, viewport()->height() - rect.height()));
    layOutVisible();
}

QModelIndex TranscriptView::indexAt(const QPoint& point) const {
    const int y = point.y() + verticalOffset();
    sumHeights();
    if (m_rows.empty() || y < 0 || y >= m_tops.back()) return {};
    return m_model.index(rowAt(y));
}

void TranscriptView::paintEvent(QPaintEvent* event) {
    if (m_layoutTimer.isActive()) layOutVisible();
    QPainter painter(viewport());
    sumHeights();
    for (int row = m_anchorRow; row < static_cast<int>(m_rows.size()); ++row) {
        const auto rect = visualRect(m_model.index(row));
        if (rect.top() > event->rect().bottom()) break;
        if (rect.bottom() < event->rect().top()) continue;
        painter.save();
        painter.translate(rect.topLeft());
        layoutOf(row).paint(painter, stateOf(row));
        painter.restore();
    }
}

RowState TranscriptView::stateOf(int row) const {
    RowState state;
    state.palette = palette();
    const bool current = currentIndex().row() == row;
    state.active = m_hovered.row == row || current;
    state.focused = current && hasFocus();
    state.shaded = m_shaded;
    if (m_hovered.row == row) state.hovered = m_hovered.zone;
    const auto* turn = m_model.turn(row);
    const auto& tokens = layoutOf(row).tokens();
    if (turn && tokens && m_word && m_word->turn == turn->id)
        for (std::size_t i = 0; i < tokens->words.size(); ++i)
            if (tokens->words[i].firstToken == m_word->firstToken) {
                state.word = static_cast<int>(i);
                state.wordLine = describe(tokens->words[i], tokens->tokens);
            }
    if (turn && turn->id == m_selectionTurn) {
        state.selectionBegin = std::min(m_selectionAnchor, m_selectionEnd);
        state.selectionEnd = std::max(m_selectionAnchor, m_selectionEnd);
    }
    return state;
}

void TranscriptView::updateRow(int row) {
    if (row >= 0 && row < static_cast<int>(m_rows.size())) viewport()->update(visualRect(m_model.index(row)));
}

void TranscriptView::setShaded(bool shaded) {
    m_shaded = shaded;
    viewport()->update();
}

void TranscriptView::setPictureTokens(qint64 usual, const QHash<QString, qint64>& counted) {
    if (usual == m_usualTokens && counted == m_countedTokens) return;
    m_usualTokens = usual;
    m_countedTokens = counted;
    m_layouts.clear();
    m_recent.clear();
    viewport()->update();
}

}  // namespace fusionscope::ui
