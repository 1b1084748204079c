#pragma once

#include <QHash>
#include <QObject>
#include <QStringList>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/engine/request.h"
#include "ui/common/picture_file.h"
#include "ui/worker/worker.h"

namespace fusionscope::ui {

/// A picture that the window knows.
struct OpenPicture {
    engine::PictureHandle handle;
    PictureFile file;       ///< what it was decoded from; its hash is handle.hash()
    QString name;           ///< "harbour.jpg"
    QString path;           ///< empty when it was pasted, cut out, or taken from the history
    nlohmann::json origin;  ///< of a frame or a region: where it was taken from; else null
};

/// Decodes a picture file. Its pixels can be let go and are then decoded from `file` again.
/// @param again called when that happens, in whatever thread. @throws Error
engine::PictureHandle handleOf(const PictureFile& file, const QString& name, const std::function<void()>& again = {});

/// Every picture that was opened, by hash, in the order of opening. Decoding happens in the reader's thread.
///
/// In memory are the pixels of the pictures that were used last, and the files, a tenth as large, of most: those that lie
/// on a disk as well give way when they become too many.
class Pictures : public QObject {
    Q_OBJECT

  public:
    /// @param reader a worker of its own, so that opening a picture never waits for an answer
    explicit Pictures(Worker& reader, QObject* parent = nullptr);

    /// Reads files; opened() or failed() follows for each of them.
    void open(const QStringList& paths);
    /// The same for bytes that were pasted, dropped, cut out, or found in the history.
    void open(const PictureFile& file, const QString& name, const nlohmann::json& origin = {});
    /// Null when it is not known.
    std::shared_ptr<const OpenPicture> find(const QString& hash) const { return m_pictures.value(hash); }
    /// Hashes in the order of opening.
    const QStringList& order() const { return m_order; }
    /// Forgets a picture in the window; the history keeps its own copy.
    void close(const QString& hash);

    /// Somebody looks at it: it is the last whose pixels are let go.
    void use(const QString& hash);
    /// What the pixels of all pictures, with what is made of them to draw them, may take in bytes. The picture that was
    /// used last keeps its own in any case. Files take a quarter of that at most, as far as they lie on a disk as well.
    /// Part of the settings; at first a quarter of the memory that is free.
    qint64 memoryLimit() const { return m_memoryLimit; }
    void setMemoryLimit(qint64 bytes);
    /// What they take now.
    qint64 decodedBytes() const;
    /// What the files of all pictures take now.
    qint64 fileBytes() const;

  signals:
    /// Also when it was open already.
    void opened(const QString& hash);
    void closed(const QString& hash);
    /// The pixels are let go; whoever holds them as well had better follow.
    void letGo(const QString& hash);
    /// @param message the sentence to show
    void failed(const QString& name, const QString& message);
    /// From the reader's thread, queued to this object.
    void decoded(std::shared_ptr<const fusionscope::ui::OpenPicture> picture);
    /// From any thread, queued to this object.
    void decodedAgain(const QString& hash);

  private:
    void submit(const QString& name, const std::function<OpenPicture()>& read);
    engine::PictureHandle decode(const PictureFile& file, const QString& name);
    void keepWithinLimit();
    void keepFilesWithin(qint64 limit);

    Worker& m_reader;
    QHash<JobId, QString> m_jobs;  // names of files that are being read
    QHash<QString, std::shared_ptr<const OpenPicture>> m_pictures;
    QStringList m_order, m_used;  // m_used: the latest used last
    qint64 m_memoryLimit;
};

}  // namespace fusionscope::ui
