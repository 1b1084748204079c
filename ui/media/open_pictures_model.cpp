#include "ui/media/open_pictures_model.h"

#include <QPixmap>

#include "ui/common/workspace.h"
#include "ui/media/prepared_pictures.h"

namespace fusionscope::ui {

OpenPicturesModel::OpenPicturesModel(Workspace& workspace, PreparedPictures& prepared, QObject* parent)
    : QAbstractListModel(parent), m_workspace(workspace), m_prepared(prepared), m_hashes(workspace.pictures.order()) {
    connect(&workspace.pictures, &Pictures::opened, this, [this](const QString& hash) {
        if (m_hashes.contains(hash)) return;
        beginInsertRows({}, rowCount(), rowCount());
        m_hashes.append(hash);
        endInsertRows();
    });
    connect(&workspace.pictures, &Pictures::closed, this, [this](const QString& hash) {
        const int row = rowOf(hash);
        if (row < 0) return;
        beginRemoveRows({}, row, row);
        m_hashes.removeAt(row);
        endRemoveRows();
    });
    connect(&prepared, &PreparedPictures::prepared, this, [this](const QString& hash) {
        if (const int row = rowOf(hash); row >= 0) emit dataChanged(index(row), index(row), {Qt::DecorationRole});
    });
}

int OpenPicturesModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : int(m_hashes.size());
}

QVariant OpenPicturesModel::data(const QModelIndex& index, int role) const {
    const auto hash = m_hashes.value(index.row());
    const auto picture = m_workspace.pictures.find(hash);
    if (!index.isValid() || !picture) return {};
    const auto size = picture->handle.size();
    switch (role) {
        case Qt::DisplayRole: return picture->name;
        case Qt::ToolTipRole:
        case Qt::AccessibleTextRole:
            return tr("%1, %2 × %3").arg(picture->name).arg(size.width).arg(size.height);
        case Qt::DecorationRole: {
            const auto thumbnail = m_prepared.thumbnail(hash);
            return thumbnail.isNull() ? QVariant() : QVariant(thumbnail);
        }
        case hashRole: return hash;
        default: return {};
    }
}

}  // namespace fusionscope::ui
