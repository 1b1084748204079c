#pragma once

#include <QAbstractListModel>

namespace fusionscope::ui {

class PreparedPictures;
struct Workspace;

/// The open pictures in the order of opening: name, thumbnail, size. Its number is the row, counted from 1.
class OpenPicturesModel : public QAbstractListModel {
    Q_OBJECT

  public:
    static constexpr int hashRole = Qt::UserRole;

    OpenPicturesModel(Workspace& workspace, PreparedPictures& prepared, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    /// −1 when it is not open.
    int rowOf(const QString& hash) const { return int(m_hashes.indexOf(hash)); }
    QString hashOf(int row) const { return m_hashes.value(row); }

  private:
    Workspace& m_workspace;
    PreparedPictures& m_prepared;
    QStringList m_hashes;
};

}  // namespace fusionscope::ui
