#include "ui/chat/history_model.h"

#include <QIcon>
#include <QLocale>
#include <algorithm>

namespace fusionscope::ui {

HistoryModel::HistoryModel(Thumbnails& thumbnails, QObject* parent)
    : QAbstractItemModel(parent), m_thumbnails(thumbnails) {
    connect(&thumbnails, &Thumbnails::ready, this, [this](const QString& hash) {
        for (std::size_t group = 0; group < m_groups.size(); ++group)
            for (std::size_t row = 0; row < m_groups[group].hits.size(); ++row) {
                if (m_groups[group].hits[row].conversation.firstPicture != hash) continue;
                const auto changed = index(static_cast<int>(row), 0, index(static_cast<int>(group), 0));
                emit dataChanged(changed, changed, {Qt::DecorationRole});
            }
    });
}

void HistoryModel::show(std::vector<session::Hit> hits, const QDate& today) {
    Group todays{tr("Today"), {}}, pinned{tr("Pinned"), {}}, earlier{tr("Earlier"), {}};
    std::vector<Group> folders;
    for (auto& hit : hits) {
        const auto& conversation = hit.conversation;
        // One that got no turn because its first could not be stored.
        if (conversation.turns == 0) continue;
        if (conversation.pinned) {
            pinned.hits.push_back(std::move(hit));
        } else if (!conversation.folder.isEmpty()) {
            auto folder = std::ranges::find(folders, conversation.folder, &Group::title);
            if (folder == folders.end()) folder = folders.insert(folders.end(), {conversation.folder, {}});
            folder->hits.push_back(std::move(hit));
        } else {
            auto& group = conversation.changed.toLocalTime().date() == today ? todays : earlier;
            group.hits.push_back(std::move(hit));
        }
    }
    std::ranges::sort(folders, [](const Group& a, const Group& b) { return a.title.localeAwareCompare(b.title) < 0; });
    beginResetModel();
    m_groups.clear();
    for (auto* group : {&todays, &pinned}) m_groups.push_back(std::move(*group));
    for (auto& folder : folders) m_groups.push_back(std::move(folder));
    m_groups.push_back(std::move(earlier));
    std::erase_if(m_groups, [](const Group& group) { return group.hits.empty(); });
    endResetModel();
}

const session::Hit* HistoryModel::hit(const QModelIndex& index) const {
    if (!index.isValid() || index.internalId() == 0) return nullptr;
    return &m_groups[index.internalId() - 1].hits[static_cast<std::size_t>(index.row())];
}

QModelIndex HistoryModel::indexOf(session::ConversationId id) const {
    for (std::size_t group = 0; group < m_groups.size(); ++group)
        for (std::size_t row = 0; row < m_groups[group].hits.size(); ++row)
            if (m_groups[group].hits[row].conversation.id == id)
                return createIndex(static_cast<int>(row), 0, group + 1);
    return {};
}

int HistoryModel::count() const {
    int all = 0;
    for (const auto& group : m_groups) all += static_cast<int>(group.hits.size());
    return all;
}

// A group has the internal id 0, a conversation its group's number, from 1.
QModelIndex HistoryModel::index(int row, int column, const QModelIndex& parent) const {
    if (!hasIndex(row, column, parent)) return {};
    return createIndex(row, column, parent.isValid() ? static_cast<quintptr>(parent.row()) + 1 : quintptr{0});
}

QModelIndex HistoryModel::parent(const QModelIndex& index) const {
    if (!index.isValid() || index.internalId() == 0) return {};
    return createIndex(static_cast<int>(index.internalId()) - 1, 0, quintptr{0});
}

int HistoryModel::rowCount(const QModelIndex& parent) const {
    if (!parent.isValid()) return static_cast<int>(m_groups.size());
    if (parent.internalId() != 0 || parent.column() != 0) return 0;
    return static_cast<int>(m_groups[static_cast<std::size_t>(parent.row())].hits.size());
}

int HistoryModel::columnCount(const QModelIndex&) const { return 1; }

QVariant HistoryModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    const auto* found = hit(index);
    if (!found) {
        const bool words = role == Qt::DisplayRole || role == Qt::AccessibleTextRole;
        return words ? m_groups[static_cast<std::size_t>(index.row())].title : QVariant();
    }
    const auto& conversation = found->conversation;
    switch (role) {
        case Qt::DisplayRole:
        case Qt::EditRole: return conversation.title;
        case Qt::AccessibleTextRole:
            return found->excerpt.isEmpty() ? conversation.title : QString(conversation.title + ": " + found->excerpt);
        case Qt::ToolTipRole:
            return tr("%1\nTurns: %2, changed %3")
                .arg(conversation.title, QLocale().toString(conversation.turns),
                     QLocale().toString(conversation.changed.toLocalTime(), QLocale::ShortFormat));
        case Qt::DecorationRole: return QVariant::fromValue(m_thumbnails.of(conversation.firstPicture));
        case IdRole: return conversation.id;
        case ExcerptRole: return found->excerpt;
        case PinnedRole: return conversation.pinned;
        default: return {};
    }
}

bool HistoryModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    const auto* found = hit(index);
    const auto title = value.toString().simplified();
    if (!found || role != Qt::EditRole || title.isEmpty()) return false;
    if (title == found->conversation.title) return true;
    m_groups[index.internalId() - 1].hits[static_cast<std::size_t>(index.row())].conversation.title = title;
    emit dataChanged(index, index);
    emit renameWanted(m_groups[index.internalId() - 1].hits[static_cast<std::size_t>(index.row())].conversation.id,
                      title);
    return true;
}

Qt::ItemFlags HistoryModel::flags(const QModelIndex& index) const {
    if (!index.isValid()) return Qt::NoItemFlags;
    if (!hit(index)) return Qt::ItemIsEnabled;
    return Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsEditable | Qt::ItemNeverHasChildren;
}

}  // namespace fusionscope::ui
