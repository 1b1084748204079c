#pragma once

#include <QAbstractTableModel>
#include <memory>
#include <vector>

#include "core/engine/ablation.h"

namespace fusionscope::ui {

/// What became of the answer, a row for each part that was switched off.
class AblationTable : public QAbstractTableModel {
    Q_OBJECT

  public:
    enum Column { Part, Change, Divergence, Answer };

    using QAbstractTableModel::QAbstractTableModel;

    void clear();
    void append(std::shared_ptr<const engine::AblationResult> result);
    /// In the order of coming.
    const std::vector<std::shared_ptr<const engine::AblationResult>>& results() const { return m_results; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  private:
    std::vector<std::shared_ptr<const engine::AblationResult>> m_results;
};

}  // namespace fusionscope::ui
