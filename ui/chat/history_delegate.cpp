#include "ui/chat/history_delegate.h"

#include <QAbstractItemView>
#include <QPainter>
#include <QPainterPath>
#include <QTextLayout>

#include "ui/chat/history_model.h"
#include "ui/common/icons.h"
#include "ui/common/text_sizes.h"
#include "ui/common/tint.h"

namespace fusionscope::ui {

namespace {

constexpr int side = 22, gap = 8, padding = 6;

int lineOf(TextSize size) { return QFontMetrics(textFont(size)).height(); }

/// One line of an excerpt with its marks in bold.
void drawExcerpt(QPainter& painter, const QRectF& rect, const session::Hit& hit) {
    QTextLayout layout(hit.excerpt, painter.font());
    QList<QTextLayout::FormatRange> formats;
    QTextCharFormat bold;
    bold.setFontWeight(QFont::Bold);
    for (const auto& mark : hit.marks)
        formats.append({static_cast<int>(mark.begin), static_cast<int>(mark.length), bold});
    layout.setFormats(formats);
    layout.beginLayout();
    layout.createLine().setLineWidth(100'000);
    layout.endLayout();
    painter.save();
    painter.setClipRect(rect);
    layout.draw(&painter, rect.topLeft());
    painter.restore();
}

}  // namespace

QSize HistoryDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    if (index.data(HistoryModel::IdRole).isNull()) return {option.rect.width(), lineOf(TextSize::Small) + 14};
    const bool excerpt = !index.data(HistoryModel::ExcerptRole).toString().isEmpty();
    const int lines = lineOf(TextSize::Body) + (excerpt ? lineOf(TextSize::Small) + 2 : 0);
    return {option.rect.width(), std::max(lines, side) + 2 * padding - 2};
}

void HistoryDelegate::updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                                           const QModelIndex&) const {
    editor->setGeometry(option.rect.adjusted(2, 0, -2, 0));
}

void HistoryDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const auto& palette = option.palette;
    auto rect = option.rect.adjusted(padding, 0, -padding, 0);
    const auto* model = qobject_cast<const HistoryModel*>(index.model());
    const auto* hit = model ? model->hit(index) : nullptr;
    if (!hit) {
        auto font = textFont(TextSize::Small);
        font.setCapitalization(QFont::AllUppercase);
        painter->setFont(font);
        painter->setPen(palette.color(QPalette::PlaceholderText));
        painter->drawText(rect.adjusted(4, 0, 0, -3), Qt::AlignLeft | Qt::AlignBottom,
                          painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideRight, rect.width()));
        return painter->restore();
    }
    const bool chosen = option.state & QStyle::State_Selected;
    const auto accent = palette.color(QPalette::Highlight);
    if (chosen || option.state & QStyle::State_MouseOver) {
        painter->setPen(option.state & QStyle::State_HasFocus ? QPen(accent) : QPen(Qt::NoPen));
        painter->setBrush(tinted(palette, chosen ? chosenTint : hoveredTint));
        painter->drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
    }
    rect.adjust(gap - 2, 0, -gap + 2, 0);
    const auto thumbnail = index.data(Qt::DecorationRole).value<QPixmap>();
    if (!thumbnail.isNull()) {
        const QRectF place(rect.left(), rect.center().y() - side / 2.0 + 0.5, side, side);
        QPainterPath path;
        path.addRoundedRect(place, 4, 4);
        painter->save();
        painter->setClipPath(path);
        painter->setRenderHint(QPainter::SmoothPixmapTransform);
        painter->drawPixmap(place, thumbnail, thumbnail.rect());
        painter->restore();
    }
    if (!hit->conversation.firstPicture.isEmpty()) rect.setLeft(rect.left() + side + gap);
    if (hit->conversation.pinned) {
        painter->setOpacity(0.6);
        icon("pin").paint(painter, QRect(rect.right() - 13, rect.center().y() - 6, 13, 13));
        painter->setOpacity(1);
        rect.setRight(rect.right() - 18);
    }
    painter->setFont(textFont());
    painter->setPen(chosen ? accent : palette.color(QPalette::Text));
    const auto title = painter->fontMetrics().elidedText(hit->conversation.title, Qt::ElideRight, rect.width());
    if (hit->excerpt.isEmpty()) {
        painter->drawText(rect, Qt::AlignLeft | Qt::AlignVCenter, title);
    } else {
        const int top = rect.top() + padding - 1;
        painter->drawText(QRect(rect.left(), top, rect.width(), lineOf(TextSize::Body)),
                          Qt::AlignLeft | Qt::AlignVCenter, title);
        painter->setFont(textFont(TextSize::Small));
        painter->setPen(palette.color(QPalette::PlaceholderText));
        drawExcerpt(*painter,
                    QRectF(rect.left(), top + lineOf(TextSize::Body) + 2, rect.width(), lineOf(TextSize::Small)), *hit);
    }
    painter->restore();
}

}  // namespace fusionscope::ui
