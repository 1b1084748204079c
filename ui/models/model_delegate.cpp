#include "ui/models/model_delegate.h"

#include <QPainter>

#include "ui/common/icons.h"
#include "ui/common/text_sizes.h"
#include "ui/common/tint.h"
#include "ui/models/known_models.h"

namespace fusionscope::ui {

namespace {

constexpr int margin = 8, signSize = 16;

void paintSign(QPainter& painter, ModelState state, const QRect& place, const QPalette& palette) {
    switch (state) {
        case ModelState::Refused:
        case ModelState::Crashed: return icon("triangle-alert").paint(&painter, place);
        case ModelState::Loading: return icon("refresh-cw").paint(&painter, place);
        case ModelState::Loaded:
            painter.setBrush(palette.color(QPalette::Highlight));
            painter.setPen(Qt::NoPen);
            painter.drawEllipse(place.adjusted(4, 4, -4, -4));
            return;
        case ModelState::Checking:
        case ModelState::Usable: return;
    }
}

}  // namespace

void ModelDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const auto& palette = option.palette;
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    if (selected || option.state.testFlag(QStyle::State_MouseOver)) {
        painter->setBrush(tinted(palette, selected ? chosenTint : hoveredTint));
        painter->setPen(Qt::NoPen);
        painter->drawRoundedRect(QRectF(option.rect).adjusted(1, 1, -1, -1), 6, 6);
    }
    if (option.state.testFlag(QStyle::State_HasFocus) && selected) {
        painter->setBrush(Qt::NoBrush);
        painter->setPen(palette.color(QPalette::Highlight));
        painter->drawRoundedRect(QRectF(option.rect).adjusted(1.5, 1.5, -1.5, -1.5), 6, 6);
    }
    const auto inner = option.rect.adjusted(margin, margin, -margin, -margin);
    const auto state = static_cast<ModelState>(index.data(KnownModels::StateRole).toInt());
    paintSign(*painter, state, QRect(inner.right() - signSize, inner.top(), signSize, signSize), palette);

    const auto body = textFont(), small = textFont(TextSize::Small);
    const int width = inner.width() - signSize - margin;
    const auto write = [&](const QFont& font, const QColor& colour, int top, const QString& text) {
        const QFontMetrics metrics(font);
        painter->setFont(font);
        painter->setPen(colour);
        painter->drawText(inner.left(), top + metrics.ascent(), metrics.elidedText(text, Qt::ElideMiddle, width));
        return top + metrics.height() + 2;
    };
    const int below = write(body, palette.color(selected ? QPalette::Highlight : QPalette::Text), inner.top(),
                            index.data(Qt::DisplayRole).toString());
    write(small, palette.color(QPalette::PlaceholderText), below, index.data(KnownModels::DescriptionRole).toString());
    painter->restore();
}

QSize ModelDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const {
    return {200, QFontMetrics(textFont()).height() + QFontMetrics(textFont(TextSize::Small)).height() + 2 + 2 * margin};
}

}  // namespace fusionscope::ui
