#include "ui/media/prepared_pictures.h"

#include "ui/common/workspace.h"

namespace fusionscope::ui {

PreparedPictures::PreparedPictures(Workspace& workspace, QObject* parent) : QObject(parent), m_workspace(workspace) {
    connect(this, &PreparedPictures::made, this, &PreparedPictures::keep, Qt::QueuedConnection);
    connect(&workspace.pictures, &Pictures::opened, this, [this](const QString& hash) {
        if (!m_thumbnails.contains(hash)) request(hash);
    });
    connect(&workspace.pictures, &Pictures::closed, this, [this](const QString& hash) {
        m_thumbnails.remove(hash);
        m_pyramids.remove(hash);
    });
    connect(&workspace.pictures, &Pictures::letGo, this, [this](const QString& hash) { m_pyramids.remove(hash); });
    connect(&workspace.reader, &Worker::ended, this, [this](JobId job) { m_jobs.remove(job); });
}

std::shared_ptr<const PicturePyramid> PreparedPictures::request(const QString& hash) {
    m_workspace.pictures.use(hash);
    if (const auto found = m_pyramids.value(hash)) return found;
    const auto picture = m_workspace.pictures.find(hash);
    if (!picture || m_jobs.key(hash, 0) != 0) return nullptr;
    const auto job = m_workspace.reader.submit(tr("Preparing %1").arg(picture->name),
                                               [this, hash, handle = picture->handle](WorkerContext& context) {
        emit made(hash, std::make_shared<const PicturePyramid>(handle, context.control.stop));
    });
    m_jobs.insert(job, hash);
    return nullptr;
}

void PreparedPictures::keep(const QString& hash, const std::shared_ptr<const PicturePyramid>& pyramid) {
    const auto picture = m_workspace.pictures.find(hash);
    if (!picture) return;  // closed meanwhile
    m_thumbnails.insert(hash, pyramid->thumbnail());
    if (picture->handle.isDecoded()) m_pyramids.insert(hash, pyramid);  // else its pixels were let go meanwhile
    emit prepared(hash);
}

}  // namespace fusionscope::ui
