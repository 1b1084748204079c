#pragma once

#include <QAbstractTableModel>
#include <memory>

#include "core/engine/alignment.h"

namespace fusionscope::ui {

/// How well each part agrees with text: a row for each part.
class AlignmentTable : public QAbstractTableModel {
    Q_OBJECT

  public:
    enum Column { Part, Loss, HeldOut, Cka, DebiasedCka, Neighbours };

    using QAbstractTableModel::QAbstractTableModel;

    void setResults(std::shared_ptr<const engine::AlignmentResults> results);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  private:
    std::shared_ptr<const engine::AlignmentResults> m_results;
};

}  // namespace fusionscope::ui
