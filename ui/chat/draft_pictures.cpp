#include "ui/chat/draft_pictures.h"

#include <QCryptographicHash>
#include <QFile>
#include <QFileInfo>
#include <QImage>
#include <QMimeData>
#include <QUrl>
#include <algorithm>

#include "core/session/media_store.h"
#include "ui/chat/picture_bytes.h"
#include "ui/common/file_kinds.h"
#include "ui/common/refusal.h"
#include "ui/common/video_frames.h"

namespace fusionscope::ui {

DraftPictures::DraftPictures(Workspace& workspace, QObject* parent) : QObject(parent), m_workspace(workspace) {
    connect(&workspace.selection, &Selection::pictureChanged, this, &DraftPictures::follow);
    connect(&workspace.pictures, &Pictures::opened, this, [this](const QString& hash) {
        const auto picture = m_workspace.pictures.find(hash);
        if (m_awaited.remove(hash) || (picture && frameFrom(picture->origin, hash))) add(picture);
        follow();
    });
    connect(&workspace.pictures, &Pictures::closed, this, [this](const QString& hash) {
        const auto isFrame = [&](const std::shared_ptr<const OpenPicture>& picture) {
            return QString::fromStdString(picture->handle.hash()) == hash && frameFrom(picture->origin, hash);
        };
        if (std::erase_if(m_list, isFrame) > 0) emit changed();
    });
    connect(this, &DraftPictures::fileRead, this, [this](const QString& path, const QString& hash) {
        if (const auto open = m_workspace.pictures.find(hash)) return add(open);
        m_awaited.insert(hash);
        m_workspace.pictures.open({path});
    }, Qt::QueuedConnection);
    connect(
        this, &DraftPictures::pixelsEncoded, this,
        [this](const QByteArray& file, const QString& hash, const QString& name) {
            m_awaited.insert(hash);
            m_workspace.pictures.open(file, name);
        },
        Qt::QueuedConnection);
    connect(this, &DraftPictures::decoded, this, &DraftPictures::add, Qt::QueuedConnection);
    connect(&workspace.reader, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        if (m_jobs.remove(job) && end == JobEnd::Failed) emit failed(message);
    }, Qt::QueuedConnection);
    connect(this, &DraftPictures::othersFound, this, [this](const QString& path) { emit othersGiven({path}); },
            Qt::QueuedConnection);
    connect(&workspace.regions, &Regions::changed, this, [this](const QString& hash) {
        if (hash == m_awaitsRegion && !m_workspace.regions.of(hash).empty()) attachRegion();
    });
}

void DraftPictures::read(const QString& title, const Worker::Work& work) {
    m_jobs.insert(m_workspace.reader.submit(title, work));
}

void DraftPictures::set(const List& list) {
    m_follows = false;
    m_list = list;
    emit changed();
}

void DraftPictures::followSelection() {
    m_follows = true;
    follow();
}

void DraftPictures::follow() {
    if (!m_follows) return;
    const auto& hash = m_workspace.selection.picture();
    const auto selected = m_workspace.pictures.find(hash);
    const auto before = m_before();
    m_list.clear();
    if (selected && std::ranges::find(before, hash, &session::AttachedPicture::hash) == before.end()) m_list.push_back(selected);
    emit changed();
}

void DraftPictures::followNextSelection() {
    set({});
    m_follows = true;
}

void DraftPictures::remove(int index) {
    m_follows = false;
    m_list.erase(m_list.begin() + index);
    emit changed();
}

void DraftPictures::add(const std::shared_ptr<const OpenPicture>& picture) {
    if (!picture) return;
    const auto hash = picture->handle.hash();
    const auto same = [&](const auto& other) { return other->handle.hash() == hash; };
    // What went along by itself gives way to frames of a video.
    const auto frame = frameFrom(picture->origin, QString::fromStdString(hash));
    if (m_follows && frame) m_list.clear();
    m_follows = false;
    if (std::ranges::any_of(m_list, same)) return emit changed();
    if (const auto why = refusalOf(*picture); !why.isEmpty()) return emit failed(why);
    const auto later = [&](const std::shared_ptr<const OpenPicture>& other) {
        const auto known = frameFrom(other->origin, {});
        return frame && known && known->video == frame->video && known->index > frame->index;
    };
    m_list.insert(std::ranges::find_if(m_list, later), picture);
    emit changed();
}

QString DraftPictures::refusalOf(const OpenPicture& picture) const {
    const auto isPicture = [](const nlohmann::json& origin) { return !frameFrom(origin, {}); };
    const auto before = m_before();
    const auto count = std::ranges::count_if(before, isPicture, &session::AttachedPicture::origin) +
                       std::ranges::count_if(m_list, isPicture, [](const auto& other) { return other->origin; });
    if (!isPicture(picture.origin) || count < qint64{engine::mostPictures}) return {};
    return tr("A chat holds %1 pictures; %2 is one too many. Take one out, or start a new chat.")
        .arg(engine::mostPictures)
        .arg(picture.name);
}

void DraftPictures::attachSelected() { add(m_workspace.pictures.find(m_workspace.selection.picture())); }

void DraftPictures::attachFiles(const QStringList& paths) {
    for (const auto& path : paths)
        read(tr("Reading %1").arg(QFileInfo(path).fileName()), [this, path](WorkerContext&) {
            if (QFileInfo(path).isDir() || kindOf(path) != FileKind::Picture) return emit othersFound(path);
            QFile file(path);
            QCryptographicHash hash(QCryptographicHash::Sha256);
            if (!file.open(QIODevice::ReadOnly) || !hash.addData(&file))
                throw refusal(tr("cannot be read: %1").arg(file.errorString()), path, tr("Choose another picture."));
            emit fileRead(path, QString::fromLatin1(hash.result().toHex()));
        });
}

void DraftPictures::attachKept(const std::filesystem::path& mediaFolder, const session::AttachedPicture& picture) {
    if (const auto open = m_workspace.pictures.find(picture.hash)) return add(open);
    read(tr("Reading %1").arg(picture.name), [this, mediaFolder, picture](WorkerContext&) {
        emit decoded(std::make_shared<const OpenPicture>(keptPicture(mediaFolder, picture)));
    });
}

void DraftPictures::attachRegion() {
    const auto picture = m_workspace.pictures.find(m_workspace.selection.picture());
    if (!picture) return;
    const auto& hash = m_workspace.selection.picture();
    const auto& regions = m_workspace.regions.of(hash);
    m_awaitsRegion = regions.empty() ? hash : QString();
    if (regions.empty()) {
        if (auto* mark = m_workspace.commands.find("media.box")) mark->trigger();
        return;
    }
    read(tr("Cutting out the region"), [this, picture, region = regions.back()](WorkerContext&) {
        emit decoded(std::make_shared<const OpenPicture>(cutOut(*picture, region)));
    });
}

bool DraftPictures::canAttach(const QMimeData& data) {
    const bool pixels = data.hasImage() && !data.hasFormat("text/plain");
    return pixels || std::ranges::any_of(data.urls(), [](const QUrl& url) { return url.isLocalFile(); });
}

void DraftPictures::attach(const QMimeData& data) {
    QStringList paths;
    for (const auto& url : data.urls())
        if (url.isLocalFile()) paths += url.toLocalFile();
    if (!paths.isEmpty()) return attachFiles(paths);
    const auto image = qvariant_cast<QImage>(data.imageData());
    if (image.isNull()) return;
    read(tr("Reading the clipboard"), [this, image](WorkerContext&) {
        const auto file = pngOf(image);
        emit pixelsEncoded(file, session::hashOf(file), tr("pasted.png"));
    });
}

}  // namespace fusionscope::ui
