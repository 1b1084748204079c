#pragma once

#include <QAbstractItemModel>
#include <vector>

#include "core/session/store.h"
#include "ui/chat/thumbnails.h"

namespace fusionscope::ui {

/// Found conversations under their groups: pinned, today, earlier, and each folder.
class HistoryModel : public QAbstractItemModel {
    Q_OBJECT

  public:
    enum DataRole {
        IdRole = Qt::UserRole,  ///< qint64; 0 for a group
        ExcerptRole,            ///< QString; empty without a search
        PinnedRole
    };

    explicit HistoryModel(Thumbnails& thumbnails, QObject* parent = nullptr);

    void show(std::vector<session::Hit> hits, const QDate& today);
    /// Null for a group.
    const session::Hit* hit(const QModelIndex& index) const;
    QModelIndex indexOf(session::ConversationId id) const;
    int count() const;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& index) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

  signals:
    void renameWanted(qint64 id, const QString& title);

  private:
    struct Group {
        QString title;
        std::vector<session::Hit> hits;
    };

    Thumbnails& m_thumbnails;
    std::vector<Group> m_groups;
};

}  // namespace fusionscope::ui
