#include "ui/inspect/ablation_table.h"

#include "ui/inspect/labels.h"
#include "ui/plot/numbers.h"

namespace fusionscope::ui {

void AblationTable::clear() {
    beginResetModel();
    m_results.clear();
    endResetModel();
}

void AblationTable::append(std::shared_ptr<const engine::AblationResult> result) {
    const int row = static_cast<int>(m_results.size());
    beginInsertRows({}, row, row);
    m_results.push_back(std::move(result));
    endInsertRows();
}

int AblationTable::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_results.size());
}

int AblationTable::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : 4; }

QVariant AblationTable::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const auto& result = *m_results[static_cast<size_t>(index.row())];
    const bool isNumber = index.column() == Change || index.column() == Divergence;
    if (role == Qt::TextAlignmentRole) return static_cast<int>(Qt::AlignVCenter | (isNumber ? Qt::AlignRight : Qt::AlignLeft));
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole) return {};
    switch (index.column()) {
        case Part: return partTitle(result.ablation);
        case Change: return plot::formatted(result.change, 2);
        case Divergence: return plot::formatted(result.meanDivergence, 3);
        default: return result.sameAnswer ? tr("the same") : QString::fromStdString(result.answer.text);
    }
}

QVariant AblationTable::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>(Qt::AlignVCenter | (section == Change || section == Divergence ? Qt::AlignRight : Qt::AlignLeft));
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole) return {};
    const bool brief = role == Qt::DisplayRole;
    switch (section) {
        case Part: return brief ? tr("switched off") : tr("What was switched off");
        case Change: return brief ? tr("Δ log p") : tr("Change of the original answer's log-probability; negative: the part was needed");
        case Divergence: return brief ? tr("KL / token") : tr("How far what might have come next has moved, in nats");
        case Answer: return brief ? tr("answer") : tr("What the model answers without it");
        default: return {};
    }
}

}  // namespace fusionscope::ui
