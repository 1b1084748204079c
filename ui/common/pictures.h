#pragma once

#include <QByteArray>
#include <QHash>
#include <QObject>
#include <QStringList>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/engine/request.h"
#include "ui/worker/worker.h"

namespace fusionscope::ui {

/// A picture that the window knows.
struct OpenPicture {
    engine::PictureHandle handle;
    QByteArray file;        ///< the bytes it was decoded from; their SHA-256 is handle.hash()
    QString name;           ///< "harbour.jpg"
    QString path;           ///< empty when it was pasted, cut out, or taken from the history
    nlohmann::json origin;  ///< of a frame or a region: where it was taken from; else null
};

/// Every picture that was opened, by hash, in the order of opening. Decoding happens in the reader's thread.
class Pictures : public QObject {
    Q_OBJECT

  public:
    /// @param reader a worker of its own, so that opening a picture never waits for an answer
    explicit Pictures(Worker& reader, QObject* parent = nullptr);

    /// Reads files; opened() or failed() follows for each of them.
    void open(const QStringList& paths);
    /// The same for bytes that were pasted, dropped, cut out, or found in the history.
    void open(const QByteArray& file, const QString& name, const nlohmann::json& origin = {});
    /// Null when it is not known.
    std::shared_ptr<const OpenPicture> find(const QString& hash) const { return m_pictures.value(hash); }
    /// Hashes in the order of opening.
    const QStringList& order() const { return m_order; }
    /// Forgets a picture in the window; the history keeps its own copy.
    void close(const QString& hash);

  signals:
    /// Also when it was open already.
    void opened(const QString& hash);
    void closed(const QString& hash);
    /// @param message the sentence to show
    void failed(const QString& name, const QString& message);
    /// From the reader's thread, queued to this object.
    void decoded(std::shared_ptr<const fusionscope::ui::OpenPicture> picture);

  private:
    void submit(const QString& name, const std::function<OpenPicture()>& read);

    Worker& m_reader;
    QHash<JobId, QString> m_jobs;  // names of files that are being read
    QHash<QString, std::shared_ptr<const OpenPicture>> m_pictures;
    QStringList m_order;
};

}  // namespace fusionscope::ui
