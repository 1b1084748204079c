#include "ui/media/picture_intake.h"

#include <QBuffer>
#include <QCollator>
#include <QDir>
#include <QMimeData>
#include <QUrl>
#include <algorithm>

#include "core/files/error.h"
#include "ui/common/refusal.h"
#include "ui/common/file_kinds.h"
#include "ui/common/video_frames.h"
#include "ui/common/workspace.h"

namespace fusionscope::ui {

namespace {

const QStringList& namePatterns() {
    static const QStringList patterns{"*.png", "*.jpg", "*.jpeg", "*.jfif", "*.webp", "*.gif", "*.bmp",
                                      "*.tif", "*.tiff", "*.ppm", "*.pgm", "*.pbm", "*.pnm", "*.tga"};
    return patterns;
}

const QStringList& videoPatterns() {
    static const QStringList patterns{"*.avi", "*.mp4", "*.m4v", "*.mov", "*.mkv", "*.webm", "*.ogv", "*.mpg", "*.mpeg",
                                      "*.ts", "*.flv"};
    return patterns;
}

QStringList localFiles(const QMimeData* data) {
    QStringList paths;
    for (const auto& url : data->urls())
        if (url.isLocalFile()) paths << url.toLocalFile();
    return paths;
}

QStringList picturesIn(const QString& folder) {
    auto names = QDir(folder).entryList(namePatterns(), QDir::Files | QDir::Readable);
    QCollator byNumber{QLocale(QLocale::English)};  // the C locale does not know numbers
    byNumber.setNumericMode(true);
    std::sort(names.begin(), names.end(), byNumber);
    QStringList files;
    for (const auto& name : names) files << QDir(folder).filePath(name);
    return files;
}

QByteArray pngOf(const QImage& image) {
    QByteArray file;
    QBuffer buffer(&file);
    buffer.open(QIODevice::WriteOnly);
    if (!image.save(&buffer, "PNG"))
        throw refusal(PictureIntake::tr("the pasted pixels cannot be packed as a picture"), {},
                      PictureIntake::tr("Save them to a file and open that."));
    return file;
}

}  // namespace

PictureIntake::PictureIntake(Workspace& workspace, QObject* parent) : QObject(parent), m_workspace(workspace) {
    connect(this, &PictureIntake::listed, this,
            [this](const QStringList& pictures, const QStringList& videos, const QStringList& others,
                   const QString& remark) {
        if (!remark.isEmpty()) emit notice(remark);
        if (!others.isEmpty()) emit othersFound(others);
        if (!videos.isEmpty()) emit videoFound(videos.first());
        begin(pictures);
    }, Qt::QueuedConnection);
    connect(this, &PictureIntake::packed, this, [this](const QByteArray& png) {
        m_workspace.pictures.open(png, tr("pasted %1.png").arg(++m_pasted));
    }, Qt::QueuedConnection);
    connect(&workspace.pictures, &Pictures::opened, this, [this](const QString& hash) {
        const auto picture = m_workspace.pictures.find(hash);
        const bool ofBatch = picture && m_batch.remove(picture->path);
        const auto frame = picture ? frameFrom(picture->origin, hash) : std::nullopt;
        const bool followsFrame = frame && !frame->sampler.isEmpty() &&
                                  framesOf(m_workspace.pictures, frame->video).size() > 1;
        const bool leads = !followsFrame && (!ofBatch || !m_leaderArrived);
        if (ofBatch) m_leaderArrived = true;
        emit arrived(hash, leads);
        openNext();
    });
    connect(&workspace.pictures, &Pictures::failed, this, &PictureIntake::openNext);
    connect(&workspace.reader, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        const bool own = m_jobs.remove(job);
        if (end == JobEnd::Failed && own) emit notice(message);
        if (end == JobEnd::Stopped) m_waiting.clear();  // stopping means all that was to be read
    });
}

QString PictureIntake::pictureNames() { return namePatterns().join(' '); }

QString PictureIntake::videoNames() { return videoPatterns().join(' '); }

void PictureIntake::submit(const QString& title, const std::function<void(WorkerContext&)>& work) {
    m_jobs.insert(m_workspace.reader.submit(title, work));
}

void PictureIntake::begin(const QStringList& files) {
    const bool waits = !m_waiting.isEmpty();
    if (!waits) {
        m_batch.clear();
        m_leaderArrived = false;
    }
    for (const auto& file : files) m_batch.insert(QFileInfo(file).absoluteFilePath());
    m_waiting << files;
    if (!waits) openNext();
}

void PictureIntake::open(const QStringList& paths) {
    submit(tr("Looking for pictures"), [this, paths](WorkerContext& context) {
        QStringList files, videos, others, remarks;
        for (const auto& path : paths) {
            if (context.control.stop.stop_requested()) throw Stopped();
            if (kindOf(path) != FileKind::Picture) {
                others << path;
                continue;
            }
            if (!QFileInfo(path).isDir()) {
                (QDir::match(videoPatterns(), QFileInfo(path).fileName()) ? videos : files) << path;
                continue;
            }
            const auto found = picturesIn(path);
            if (found.isEmpty())
                remarks << tr("%1 holds no pictures. Open a folder with PNG, JPEG, WebP, GIF, BMP or TIFF files.")
                               .arg(QDir(path).dirName());
            files << found;
        }
        if (files.size() > largestBatch) {
            remarks << tr("Opened the first %1 of %n picture(s). Open the others in smaller groups.", nullptr, int(files.size()))
                           .arg(largestBatch);
            files = files.mid(0, largestBatch);
        }
        if (videos.size() > 1)
            remarks << tr("Opened the first of %n video(s); one can be open at a time.", nullptr, int(videos.size()));
        emit listed(files, videos, others, remarks.join('\n'));
    });
}

void PictureIntake::openNext() {
    if (!m_waiting.isEmpty()) m_workspace.pictures.open(QStringList{m_waiting.takeFirst()});
}

bool PictureIntake::accepts(const QMimeData* data) {
    return data && (!localFiles(data).isEmpty() || data->hasImage());
}

void PictureIntake::take(const QMimeData* data) {
    const auto files = data ? localFiles(data) : QStringList();
    if (!files.isEmpty()) return open(files);
    const auto image = data && data->hasImage() ? qvariant_cast<QImage>(data->imageData()) : QImage();
    if (image.isNull())
        return emit notice(tr("There is no picture to paste. Copy a picture or a picture file first."));
    submit(tr("Reading pasted pixels"), [this, image](WorkerContext&) { emit packed(pngOf(image)); });
}

}  // namespace fusionscope::ui
