#pragma once

#include <QHash>
#include <QImage>
#include <QObject>
#include <memory>

#include "ui/media/picture_pyramid.h"
#include "ui/worker/worker.h"

namespace fusionscope::ui {

struct Workspace;

/// Pyramids and thumbnails of the open pictures, made in the reader's thread. Thumbnails are kept as long as their
/// picture is open, pyramids as long as its pixels are.
class PreparedPictures : public QObject {
    Q_OBJECT

  public:
    explicit PreparedPictures(Workspace& workspace, QObject* parent = nullptr);

    /// Null when it has to be made first; prepared() follows then.
    std::shared_ptr<const PicturePyramid> request(const QString& hash);
    /// Null when there is none yet.
    QImage thumbnail(const QString& hash) const { return m_thumbnails.value(hash); }

  signals:
    void prepared(const QString& hash);
    /// From the reader's thread, queued to this object.
    void made(const QString& hash, std::shared_ptr<const fusionscope::ui::PicturePyramid> pyramid);

  private:
    void keep(const QString& hash, const std::shared_ptr<const PicturePyramid>& pyramid);

    Workspace& m_workspace;
    QHash<QString, QImage> m_thumbnails;
    QHash<QString, std::shared_ptr<const PicturePyramid>> m_pyramids;
    QHash<JobId, QString> m_jobs;   // that are making one
};

}  // namespace fusionscope::ui
