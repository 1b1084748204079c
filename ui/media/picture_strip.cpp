#include "ui/media/picture_strip.h"

#include <QGuiApplication>
#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <QStyledItemDelegate>

#include "ui/common/selection.h"
#include "ui/media/open_pictures_model.h"

namespace fusionscope::ui {

namespace {

constexpr int side = 56;

/// A square cut out of a thumbnail, with the picture's number in its corner.
class ThumbnailDelegate : public QStyledItemDelegate {
  public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {side + 8, side + 8}; }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        painter->save();
        const auto palette = QGuiApplication::palette();  // the view's own has no background
        painter->setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
        const QRectF place(option.rect.x() + 4, option.rect.y() + 4, side, side);
        QPainterPath shape;
        shape.addRoundedRect(place, 6, 6);
        painter->fillPath(shape, palette.color(QPalette::Mid));
        const auto thumbnail = index.data(Qt::DecorationRole).value<QImage>();
        if (!thumbnail.isNull()) {
            const double edge = std::min(thumbnail.width(), thumbnail.height());
            painter->setClipPath(shape);
            painter->drawImage(place, thumbnail,
                               QRectF((thumbnail.width() - edge) / 2, (thumbnail.height() - edge) / 2, edge, edge));
            painter->setClipping(false);
        }
        const bool current = option.state & QStyle::State_Selected;
        painter->setPen(current ? QPen(palette.color(QPalette::Highlight), 2) : QPen(palette.color(QPalette::Mid), 1));
        painter->drawPath(shape);
        const auto number = QString::number(index.row() + 1);
        const double width = std::max(16.0, option.fontMetrics.horizontalAdvance(number) + 8.0);
        const QRectF chip(place.left() + 4, place.bottom() - 20, width, 16);
        painter->setPen(Qt::NoPen);
        painter->setBrush(palette.color(current ? QPalette::Highlight : QPalette::Base));
        painter->drawRoundedRect(chip, 4, 4);
        auto font = option.font;
        font.setPointSizeF(font.pointSizeF() * 0.85);
        painter->setFont(font);
        painter->setPen(palette.color(current ? QPalette::HighlightedText : QPalette::Text));
        painter->drawText(chip, Qt::AlignCenter, number);
        painter->restore();
    }
};

}  // namespace

PictureStrip::PictureStrip(OpenPicturesModel& model, Selection& selection, QWidget* parent)
    : QListView(parent), m_model(model) {
    setModel(&model);
    setItemDelegate(new ThumbnailDelegate(this));
    setFlow(LeftToRight);
    setWrapping(false);
    setUniformItemSizes(true);
    setHorizontalScrollMode(ScrollPerPixel);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSelectionMode(SingleSelection);
    setEditTriggers(NoEditTriggers);
    setFrameShape(NoFrame);
    setViewportMargins(8, 0, 8, 0);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Open pictures"));
    connect(selectionModel(), &QItemSelectionModel::currentChanged, this, [&selection](const QModelIndex& current) {
        if (current.isValid()) selection.setPicture(current.data(OpenPicturesModel::hashRole).toString());
    });
    connect(&selection, &Selection::pictureChanged, this, &PictureStrip::follow);
    connect(&model, &QAbstractItemModel::rowsInserted, this, [this, &selection] { follow(selection.picture()); });
    follow(selection.picture());
}

void PictureStrip::follow(const QString& hash) {
    const int row = m_model.rowOf(hash);
    if (row >= 0)
        setCurrentIndex(m_model.index(row));
    else
        clearSelection();
}

void PictureStrip::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Delete && currentIndex().isValid())
        emit closeRequested(m_model.hashOf(currentIndex().row()));
    else
        QListView::keyPressEvent(event);
}

}  // namespace fusionscope::ui
