#pragma once

#include <QStyledItemDelegate>

namespace fusionscope::ui {

/// A row of KnownModels: name over size, and a sign of its state.
class ModelDelegate : public QStyledItemDelegate {
    Q_OBJECT

  public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

}  // namespace fusionscope::ui
