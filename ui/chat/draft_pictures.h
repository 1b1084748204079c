#pragma once

#include <QObject>
#include <QSet>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "core/session/conversation.h"
#include "ui/common/workspace.h"

class QMimeData;

namespace fusionscope::ui {

/// The pictures that go with the next question. Frames that are marked in a video come by themselves, in the order of
/// time, and go when they are taken back.
class DraftPictures : public QObject {
    Q_OBJECT

  public:
    using List = std::vector<std::shared_ptr<const OpenPicture>>;

    explicit DraftPictures(Workspace& workspace, QObject* parent = nullptr);

    /// @param pictures gives those that the chat has already
    void setBefore(const std::function<std::vector<session::AttachedPicture>()>& pictures) { m_before = pictures; }

    const List& list() const { return m_list; }
    void set(const List& list);
    /// The picture that is selected goes along by itself where the chat has not seen it yet, until the person adds or
    /// removes one.
    void followSelection();
    /// The same for the picture that is selected next; until then none goes along.
    void followNextSelection();
    void remove(int index);

    /// Picture files; folders, models and saved inspections among them come back by othersGiven().
    void attachFiles(const QStringList& paths);
    void attachSelected();
    /// A picture of the history.
    void attachKept(const std::filesystem::path& mediaFolder, const session::AttachedPicture& picture);
    /// The last region that is marked in the selected picture, cut out; without one, the next that is marked there.
    void attachRegion();
    /// Files, or pixels that no words lie beside (as with a spreadsheet's cells), as dropped or pasted.
    static bool canAttach(const QMimeData& data);
    void attach(const QMimeData& data);

  signals:
    void changed();
    void failed(const QString& sentence);
    void othersGiven(const QStringList& paths);
    /// From the reader's thread.
    void othersFound(const QString& path);
    void fileRead(const QString& path, const QString& hash);
    void pixelsEncoded(const QByteArray& file, const QString& hash, const QString& name);
    void decoded(std::shared_ptr<const fusionscope::ui::OpenPicture> picture);

  private:
    void add(const std::shared_ptr<const OpenPicture>& picture);
    /// Why one more would be too many; empty when it would not.
    QString refusalOf(const OpenPicture& picture) const;
    void follow();
    void read(const QString& title, const Worker::Work& work);

    Workspace& m_workspace;
    std::function<std::vector<session::AttachedPicture>()> m_before = [] { return std::vector<session::AttachedPicture>(); };
    List m_list;
    bool m_follows = false;
    QString m_awaitsRegion;   // hash of a picture whose next region is wanted
    QSet<QString> m_awaited;  // hashes of pictures that are being opened
    QSet<JobId> m_jobs;
};

}  // namespace fusionscope::ui
