#pragma once

#include <QHash>
#include <QObject>
#include <QString>
#include <memory>
#include <vector>

#include "core/image/processor.h"
#include "ui/media/picture_pyramid.h"
#include "ui/worker/worker.h"

namespace fusionscope::ui {

struct Workspace;

/// A picture as the loaded model receives it, before normalisation.
struct SeenPicture {
    std::shared_ptr<const PicturePyramid> pyramid;    ///< all views on one sheet
    std::vector<image::PictureTransform> transforms;  ///< from each view to the picture
    int views() const { return static_cast<int>(transforms.size()); }
};

/// The views on one sheet: the whole picture on top and its tiles, if there are any, below it as they lie in the
/// picture, with white gaps.
image::Picture sheetOf(const image::ProcessedPicture& processed);

/// What the loaded model sees of each picture. Made in the worker, kept for the latest pictures, forgotten with the model.
class SeenPictures : public QObject {
    Q_OBJECT

  public:
    explicit SeenPictures(Workspace& workspace, QObject* parent = nullptr);

    /// Null when it has to be made first; ready() or failed() follows then, unless no model that takes pictures is loaded.
    std::shared_ptr<const SeenPicture> request(const QString& hash);
    /// The loaded model takes pictures at all.
    bool possible() const;

  signals:
    void ready(const QString& hash);
    /// @param message the sentence to show; empty when the person stopped it
    void failed(const QString& hash, const QString& message);
    /// From the worker's thread, queued to this object.
    void made(const QString& hash, std::shared_ptr<const fusionscope::ui::SeenPicture> seen);

  private:
    static constexpr int keptPictures = 16;

    Workspace& m_workspace;
    QHash<QString, std::shared_ptr<const SeenPicture>> m_seen;
    QStringList m_order;           // of m_seen's keys, the oldest first
    QHash<JobId, QString> m_jobs;  // that are making one
};

}  // namespace fusionscope::ui
