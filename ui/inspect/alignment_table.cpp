#include "ui/inspect/alignment_table.h"

#include "ui/plot/numbers.h"

namespace fusionscope::ui {

namespace {

QString withBand(const engine::AlignmentCurve::Band& band) {
    return plot::formatted(band.mean, 3) + QStringLiteral(" ± ") + plot::formatted(band.deviation, 3);
}

}  // namespace

void AlignmentTable::setResults(std::shared_ptr<const engine::AlignmentResults> results) {
    const int before = rowCount(), after = results ? static_cast<int>(results->parts.size()) : 0;
    if (before != after) {
        beginResetModel();
        m_results = std::move(results);
        endResetModel();
        return;
    }
    m_results = std::move(results);
    if (after > 0) emit dataChanged(index(0, 0), index(after - 1, columnCount() - 1));
}

int AlignmentTable::rowCount(const QModelIndex& parent) const {
    return parent.isValid() || !m_results ? 0 : static_cast<int>(m_results->parts.size());
}

int AlignmentTable::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : 6; }

QVariant AlignmentTable::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>(Qt::AlignVCenter | (index.column() == Part ? Qt::AlignLeft : Qt::AlignRight));
    if (role != Qt::DisplayRole) return {};
    const auto& scores = m_results->parts[static_cast<size_t>(index.row())];
    const auto scored = [&](double value) { return scores.scored ? plot::formatted(value, 3) : QString(); };
    switch (index.column()) {
        case Part: return QString::fromStdString(scores.part.name);
        case Loss: return scores.seedsDone > 0 ? withBand(scores.loss) : QString();
        case HeldOut: return scores.seedsDone > 0 && m_results->heldOutBatch > 0 ? withBand(scores.heldOutLoss) : QString();
        case Cka: return scored(scores.cka);
        case DebiasedCka: return scored(scores.debiasedCka);
        default: return scored(scores.mutualNeighbours);
    }
}

QVariant AlignmentTable::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole)
        return static_cast<int>(Qt::AlignVCenter | (section == Part ? Qt::AlignLeft : Qt::AlignRight));
    if (role != Qt::DisplayRole) return {};
    switch (section) {
        case Part: return tr("part");
        case Loss: return tr("loss");
        case HeldOut: return tr("held out");
        case Cka: return tr("CKA");
        case DebiasedCka: return tr("debiased");
        case Neighbours: return tr("mutual k-NN");
        default: return {};
    }
}

}  // namespace fusionscope::ui
