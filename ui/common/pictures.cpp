#include "ui/common/pictures.h"

#include <QFile>
#include <QFileInfo>

#include "ui/common/refusal.h"

namespace fusionscope::ui {

namespace {

/// Larger files are refused before they are read: no picture that can be decoded within the limits needs more.
constexpr qint64 largestFile = qint64{512} << 20;

std::vector<std::byte> bytesOf(const QByteArray& file) {
    const auto* begin = reinterpret_cast<const std::byte*>(file.constData());
    return {begin, begin + file.size()};
}

QByteArray read(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        throw refusal(Pictures::tr("cannot be read: %1").arg(file.errorString()), path);
    if (file.size() > largestFile)
        throw refusal(Pictures::tr("is larger than 512 MB"), path, Pictures::tr("Open a smaller version of the picture."));
    return file.readAll();
}

}  // namespace

Pictures::Pictures(Worker& reader, QObject* parent) : QObject(parent), m_reader(reader) {
    connect(this, &Pictures::decoded, this, [this](const std::shared_ptr<const OpenPicture>& picture) {
        const auto hash = QString::fromStdString(picture->handle.hash());
        if (!m_pictures.contains(hash)) {
            m_pictures.insert(hash, picture);
            m_order.append(hash);
        }
        emit opened(hash);
    }, Qt::QueuedConnection);
    connect(&reader, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        const auto name = m_jobs.take(job);
        if (end == JobEnd::Failed && !name.isEmpty()) emit failed(name, message);
    });
}

void Pictures::open(const QStringList& paths) {
    for (const auto& path : paths) {
        submit(QFileInfo(path).fileName(), [path] {
            OpenPicture picture;
            picture.file = read(path);
            picture.handle = engine::PictureHandle::decode(bytesOf(picture.file), path.toStdString());
            picture.name = QFileInfo(path).fileName();
            picture.path = QFileInfo(path).absoluteFilePath();
            return picture;
        });
    }
}

void Pictures::open(const QByteArray& file, const QString& name, const nlohmann::json& origin) {
    submit(name, [file, name, origin] {
        OpenPicture picture;
        picture.file = file;
        picture.handle = engine::PictureHandle::decode(bytesOf(file), name.toStdString());
        picture.name = name;
        picture.origin = origin;
        return picture;
    });
}

void Pictures::close(const QString& hash) {
    if (m_pictures.remove(hash) == 0) return;
    m_order.removeAll(hash);
    emit closed(hash);
}

void Pictures::submit(const QString& name, const std::function<OpenPicture()>& read) {
    const auto job = m_reader.submit(tr("Reading %1").arg(name), [this, read](WorkerContext&) {
        emit decoded(std::make_shared<const OpenPicture>(read()));
    });
    m_jobs.insert(job, name);
}

}  // namespace fusionscope::ui
