#include "ui/chat/turn_layout.h"

#include <QAbstractTextDocumentLayout>
#include <QPainter>
#include <QPainterPath>
#include <QTextBlock>
#include <QTextDocumentFragment>
#include <QTextLayout>
#include <algorithm>
#include <cmath>

#include "ui/common/icons.h"
#include "ui/common/text_sizes.h"

namespace fusionscope::ui {

namespace {

constexpr double above = 10, below = 6, gap = 8, headGap = 3;
constexpr double chipHeight = 36, iconSide = 14, buttonSide = 22;

double smallHeight() { return QFontMetricsF(textFont(TextSize::Small)).height(); }

QColor muted(const QPalette& palette) { return palette.color(QPalette::PlaceholderText); }

QColor quiet(const QPalette& palette) { return palette.color(QPalette::AlternateBase); }

QColor faded(QColor colour, double share) {
    colour.setAlphaF(static_cast<float>(share));
    return colour;
}

/// The surer, the fainter: doubtful words are the ones to look at.
double shadeOf(double probability) { return 0.12 + 0.88 * std::clamp(1 - probability, 0.0, 1.0); }

const char* iconOf(Zone::Kind kind) {
    switch (kind) {
        case Zone::Kind::Copy:
        case Zone::Kind::CopyCode: return "copy";
        case Zone::Kind::Regenerate: return "refresh-cw";
        case Zone::Kind::Edit: return "pencil";
        case Zone::Kind::PreviousBranch: return "chevron-left";
        case Zone::Kind::NextBranch: return "chevron-right";
        default: return "";
    }
}

void paintIcon(QPainter& painter, Zone::Kind kind, const QRectF& button, bool hovered, const QPalette& palette) {
    if (hovered) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(faded(palette.color(QPalette::Highlight), 0.15));
        painter.drawRoundedRect(button, 4, 4);
    }
    QRectF place(0, 0, iconSide, iconSide);
    place.moveCenter(button.center());
    painter.save();
    painter.setOpacity(hovered ? 1 : 0.6);
    icon(iconOf(kind)).paint(&painter, place.toRect());
    painter.restore();
}

}  // namespace

TurnLayout::TurnLayout(const QString& text, RowFacts facts, std::shared_ptr<const AnswerTokens> tokens, int width,
                       const QPalette& palette)
    : m_facts(std::move(facts)),
      m_tokens(std::move(tokens)),
      m_document(std::make_unique<MarkdownDocument>()),
      m_width(width) {
    if (m_facts.isAnswer)
        m_document->showMarkdown(text, palette);
    else
        m_document->showPlain(text);
    m_document->setTextWidth(std::max(40, width - 2 * rowMargin));
    double y = above;
    layOutHead();
    y += std::max(smallHeight(), 16.0) + headGap;
    layOutChips(y);
    m_text = {rowMargin, y};
    if (!text.isEmpty() || m_facts.isWriting) y += m_document->size().height();
    layOutWords();
    layOutCode();
    // The line about a word has its place before anybody looks at one.
    if (m_facts.hasTokens) y += smallHeight() + 2;
    m_height = static_cast<int>(std::ceil(y + below));
}

void TurnLayout::layOutHead() {
    const QFontMetricsF metrics(textFont(TextSize::Small));
    const double middle = above + std::max(metrics.height(), 16.0) / 2;
    m_captionX = rowMargin + metrics.horizontalAdvance(m_facts.speaker) + gap;
    // In a narrow view the buttons need the room more than the caption's end.
    const double branchText = metrics.horizontalAdvance(QString("%1/%2").arg(m_facts.branches).arg(m_facts.branches));
    const double buttons = m_facts.branches > 1 ? 4 * buttonSide + branchText : 2 * buttonSide;
    m_captionWidth = std::min(metrics.horizontalAdvance(m_facts.caption), m_width - rowMargin - buttons - gap - m_captionX);
    double x = m_captionX + (m_facts.caption.isEmpty() ? 0 : std::max(0.0, m_captionWidth) + gap);
    const auto addButton = [&](Zone::Kind kind) {
        m_places.push_back({{kind, 0, {}}, QRectF(x, middle - buttonSide / 2, buttonSide, buttonSide)});
        x += buttonSide;
    };
    if (m_facts.branches > 1) {
        addButton(Zone::Kind::PreviousBranch);
        m_branchX = x;
        x += branchText;
        addButton(Zone::Kind::NextBranch);
    }
    if (m_facts.isWriting) return;
    if (m_facts.isAnswer) addButton(Zone::Kind::Regenerate);
    if (m_facts.isQuestion) addButton(Zone::Kind::Edit);
    if (!m_facts.speaker.isEmpty()) addButton(Zone::Kind::Copy);
}

void TurnLayout::layOutChips(double& y) {
    if (m_facts.chips.empty()) return;
    const QFontMetricsF metrics(textFont(TextSize::Small));
    double x = rowMargin;
    for (std::size_t i = 0; i < m_facts.chips.size(); ++i) {
        const double longest = m_width - 2 * rowMargin;
        const double wide =
            std::min(longest, chipHeight + gap + metrics.horizontalAdvance(m_facts.chips[i].text) + gap);
        if (x > rowMargin && x + wide > m_width - rowMargin) {
            x = rowMargin;
            y += chipHeight + 4;
        }
        m_places.push_back({{Zone::Kind::Picture, static_cast<int>(i), {}}, QRectF(x, y, wide, chipHeight)});
        x += wide + gap;
    }
    y += chipHeight + 6;
}

std::vector<QRectF> TurnLayout::rectsOf(int begin, int length) const {
    std::vector<QRectF> rects;
    for (int at = begin; at < begin + length;) {
        const auto block = m_document->findBlock(at);
        if (!block.isValid() || !block.layout() || block.layout()->lineCount() == 0) break;
        const auto corner = m_document->documentLayout()->blockBoundingRect(block).topLeft() + m_text;
        const auto line = block.layout()->lineForTextPosition(at - block.position());
        if (!line.isValid()) break;
        const int end = std::min(begin + length, block.position() + line.textStart() + line.textLength());
        const double from = line.cursorToX(at - block.position()), to = line.cursorToX(end - block.position());
        rects.emplace_back(corner.x() + std::min(from, to), corner.y() + line.y(), std::abs(to - from), line.height());
        if (end <= at) break;
        at = end;
    }
    return rects;
}

void TurnLayout::layOutWords() {
    if (!m_tokens) return;
    const auto places = m_document->placesOf(m_tokens->words);
    for (const auto& place : places)
        m_words.push_back(rectsOf(static_cast<int>(place.begin), static_cast<int>(place.length)));
}

void TurnLayout::layOutCode() {
    for (std::size_t i = 0; i < m_document->codeBlocks().size(); ++i) {
        const auto& code = m_document->codeBlocks()[i];
        const auto top =
            m_document->documentLayout()->blockBoundingRect(m_document->findBlockByNumber(code.firstBlock));
        m_places.push_back(
            {{Zone::Kind::CopyCode, static_cast<int>(i), {}},
             QRectF(m_width - rowMargin - buttonSide - 2, m_text.y() + top.top() + 1, buttonSide, buttonSide)});
    }
}

Zone TurnLayout::zoneAt(const QPointF& at) const {
    for (const auto& place : m_places)
        if (place.rect.contains(at)) return place.zone;
    for (std::size_t i = 0; i < m_words.size(); ++i)
        for (const auto& rect : m_words[i])
            if (rect.adjusted(-1, 0, 3, 2).contains(at)) return {Zone::Kind::Word, static_cast<int>(i), {}};
    if (const auto link = m_document->documentLayout()->anchorAt(at - m_text); !link.isEmpty())
        return {Zone::Kind::Link, 0, link};
    const QRectF text(m_text, m_document->size());
    return {text.contains(at) ? Zone::Kind::Text : Zone::Kind::Nothing, 0, {}};
}

QRectF TurnLayout::rectOf(const Zone& zone) const {
    if (zone.kind == Zone::Kind::Word) {
        const auto& rects = m_words[static_cast<std::size_t>(zone.index)];
        return rects.empty() ? QRectF(m_text, QSizeF(1, 1)) : rects.front();
    }
    for (const auto& place : m_places)
        if (place.zone == zone) return place.rect;
    return {};
}

int TurnLayout::cursorAt(const QPointF& at) const {
    return std::max(0, m_document->documentLayout()->hitTest(at - m_text, Qt::FuzzyHit));
}

QString TurnLayout::code() const {
    QStringList parts;
    for (const auto& block : m_document->codeBlocks()) parts += block.text;
    return parts.join("\n\n");
}

QString TurnLayout::selectedText(int begin, int end) const {
    QTextCursor cursor(m_document.get());
    cursor.setPosition(begin);
    cursor.setPosition(end, QTextCursor::KeepAnchor);
    return cursor.selection().toPlainText();
}

std::pair<int, int> TurnLayout::wordRangeAt(int at) const {
    QTextCursor cursor(m_document.get());
    cursor.setPosition(at);
    cursor.select(QTextCursor::WordUnderCursor);
    return {cursor.selectionStart(), cursor.selectionEnd()};
}

void TurnLayout::paint(QPainter& painter, const RowState& state) const {
    painter.setRenderHint(QPainter::Antialiasing);
    if (state.focused) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(state.palette.color(QPalette::Highlight));
        painter.drawRoundedRect(QRectF(4, above, 3, m_height - above - below), 1.5, 1.5);
    }
    paintHead(painter, state);
    paintChips(painter, state);
    paintWords(painter, state, true);

    QAbstractTextDocumentLayout::PaintContext context;
    context.palette = state.palette;
    if (state.selectionBegin != state.selectionEnd) {
        QAbstractTextDocumentLayout::Selection selection;
        selection.cursor = QTextCursor(m_document.get());
        selection.cursor.setPosition(state.selectionBegin);
        selection.cursor.setPosition(state.selectionEnd, QTextCursor::KeepAnchor);
        selection.format.setBackground(faded(state.palette.color(QPalette::Highlight), 0.35));
        context.selections.append(selection);
    }
    painter.save();
    painter.translate(m_text);
    m_document->documentLayout()->draw(&painter, context);
    painter.restore();

    paintWords(painter, state, false);
    paintCode(painter, state);
}

void TurnLayout::paintHead(QPainter& painter, const RowState& state) const {
    painter.setFont(textFont(TextSize::Small));
    painter.setPen(muted(state.palette));
    const double height = std::max(smallHeight(), 16.0);
    const auto line = [&](double x, double width, const QString& text) {
        painter.drawText(QRectF(x, above, width, height), Qt::AlignVCenter | Qt::AlignLeft,
                         painter.fontMetrics().elidedText(text, Qt::ElideRight, static_cast<int>(std::ceil(width))));
    };
    const auto rest = [this](double x) { return m_width - rowMargin - x; };
    line(rowMargin, rest(rowMargin), m_facts.speaker);
    if (m_captionWidth > 0) line(m_captionX, m_captionWidth, m_facts.caption);
    if (m_facts.branches > 1) line(m_branchX, rest(m_branchX), QString("%1/%2").arg(m_facts.branch).arg(m_facts.branches));
    for (const auto& [zone, rect] : m_places) {
        const bool always = zone.kind == Zone::Kind::PreviousBranch || zone.kind == Zone::Kind::NextBranch;
        const bool onDemand =
            zone.kind == Zone::Kind::Copy || zone.kind == Zone::Kind::Edit || zone.kind == Zone::Kind::Regenerate;
        if (always || (onDemand && state.active))
            paintIcon(painter, zone.kind, rect, zone == state.hovered, state.palette);
    }
}

void TurnLayout::paintChips(QPainter& painter, const RowState& state) const {
    painter.setFont(textFont(TextSize::Small));
    for (const auto& [zone, rect] : m_places) {
        if (zone.kind != Zone::Kind::Picture) continue;
        const auto& chip = m_facts.chips[static_cast<std::size_t>(zone.index)];
        painter.setPen(state.palette.color(zone == state.hovered ? QPalette::Highlight : QPalette::Mid));
        painter.setBrush(state.palette.color(QPalette::Base));
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
        const QRectF picture(rect.left() + 3, rect.top() + 3, chipHeight - 6, chipHeight - 6);
        if (chip.thumbnail.isNull()) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(quiet(state.palette));
            painter.drawRoundedRect(picture, 4, 4);
        } else {
            QPainterPath path;
            path.addRoundedRect(picture, 4, 4);
            painter.save();
            painter.setClipPath(path);
            painter.setRenderHint(QPainter::SmoothPixmapTransform);
            painter.drawPixmap(picture, chip.thumbnail, chip.thumbnail.rect());
            painter.restore();
        }
        painter.setPen(state.palette.color(QPalette::Text));
        const auto words = rect.adjusted(chipHeight + 2, 0, -6, 0);
        painter.drawText(words, Qt::AlignVCenter | Qt::AlignLeft,
                         painter.fontMetrics().elidedText(chip.text, Qt::ElideMiddle, static_cast<int>(words.width())));
    }
}

void TurnLayout::paintWords(QPainter& painter, const RowState& state, bool under) const {
    const auto accent = state.palette.color(QPalette::Highlight);
    for (std::size_t i = 0; i < m_words.size(); ++i) {
        const bool looked = static_cast<int>(i) == state.word;
        painter.setPen(Qt::NoPen);
        for (const auto& rect : m_words[i]) {
            if (under && looked) {
                painter.setBrush(faded(accent, 0.15));
                painter.drawRoundedRect(rect.adjusted(-2, 0, 2, 1), 3, 3);
            }
            if (!under && (looked || state.shaded)) {
                painter.setBrush(faded(accent, looked ? 1 : shadeOf(m_tokens->words[i].probability)));
                painter.drawRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 2));
            }
        }
    }
    if (under || state.wordLine.isEmpty()) return;
    painter.setFont(textFont(TextSize::Small));
    painter.setPen(muted(state.palette));
    const QRectF line(rowMargin, m_height - below - smallHeight(), m_width - 2 * rowMargin, smallHeight());
    painter.drawText(line, Qt::AlignVCenter | Qt::AlignLeft,
                     painter.fontMetrics().elidedText(state.wordLine, Qt::ElideRight, static_cast<int>(line.width())));
}

void TurnLayout::paintCode(QPainter& painter, const RowState& state) const {
    for (const auto& [zone, rect] : m_places)
        if (zone.kind == Zone::Kind::CopyCode)
            paintIcon(painter, zone.kind, rect, zone == state.hovered, state.palette);
}

}  // namespace fusionscope::ui
