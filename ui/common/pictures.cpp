#include "ui/common/pictures.h"

#include <QFileInfo>
#include <QPointer>
#include <QSettings>
#include <algorithm>

#include "core/engine/memory.h"

namespace fusionscope::ui {

namespace {

constexpr auto memoryKey = "pictures/memory_mb";
constexpr qint64 leastMemory = qint64{256} << 20, mostMemory = qint64{4} << 30;

qint64 storedMemoryLimit() {
    const qint64 usual = std::clamp<qint64>(engine::availableMemory().value_or(0) / 4, leastMemory, mostMemory);
    const qint64 stored = QSettings().value(memoryKey).toLongLong();
    return stored > 0 ? stored << 20 : usual;
}

/// Three bytes a pixel, and a third of that for the smaller versions that are drawn.
qint64 bytesOf(image::Size size) { return qint64{4} * size.width * size.height; }

std::vector<std::byte> bytesOf(const PictureFile& file) {
    const auto bytes = file.bytes();
    const auto* begin = reinterpret_cast<const std::byte*>(bytes.constData());
    return {begin, begin + bytes.size()};
}

}  // namespace

engine::PictureHandle handleOf(const PictureFile& file, const QString& name, const std::function<void()>& again) {
    return engine::PictureHandle::decode(bytesOf(file), name.toStdString(), [file, again] {
        if (again) again();
        return bytesOf(file);
    });
}

Pictures::Pictures(Worker& reader, QObject* parent)
    : QObject(parent), m_reader(reader), m_memoryLimit(storedMemoryLimit()) {
    connect(this, &Pictures::decoded, this, [this](const std::shared_ptr<const OpenPicture>& picture) {
        const auto hash = QString::fromStdString(picture->handle.hash());
        if (!m_pictures.contains(hash)) {
            m_pictures.insert(hash, picture);
            m_order.append(hash);
        }
        use(hash);
        emit opened(hash);
    }, Qt::QueuedConnection);
    connect(this, &Pictures::decodedAgain, this, &Pictures::use, Qt::QueuedConnection);
    connect(&reader, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        const auto name = m_jobs.take(job);
        if (end == JobEnd::Failed && !name.isEmpty()) emit failed(name, message);
    });
}

void Pictures::open(const QStringList& paths) {
    for (const auto& path : paths) {
        submit(QFileInfo(path).fileName(), [this, path] {
            OpenPicture picture;
            picture.file = PictureFile::read(path);
            picture.handle = decode(picture.file, path);
            picture.name = QFileInfo(path).fileName();
            picture.path = QFileInfo(path).absoluteFilePath();
            return picture;
        });
    }
}

void Pictures::open(const PictureFile& file, const QString& name, const nlohmann::json& origin) {
    submit(name, [this, file, name, origin] {
        OpenPicture picture;
        picture.file = file;
        picture.handle = decode(file, name);
        picture.name = name;
        picture.origin = origin;
        return picture;
    });
}

void Pictures::close(const QString& hash) {
    if (m_pictures.remove(hash) == 0) return;
    m_order.removeAll(hash);
    m_used.removeAll(hash);
    emit closed(hash);
}

engine::PictureHandle Pictures::decode(const PictureFile& file, const QString& name) {
    // Handles may outlive this object.
    return handleOf(file, name, [pictures = QPointer(this), hash = file.hash()] {
        if (pictures) emit pictures->decodedAgain(hash);
    });
}

void Pictures::use(const QString& hash) {
    if (!m_pictures.contains(hash)) return;
    m_used.removeAll(hash);
    m_used.append(hash);
    keepWithinLimit();
}

void Pictures::setMemoryLimit(qint64 bytes) {
    m_memoryLimit = std::max<qint64>(bytes, 1 << 20);
    QSettings().setValue(memoryKey, m_memoryLimit >> 20);
    keepWithinLimit();
}

qint64 Pictures::decodedBytes() const {
    qint64 bytes = 0;
    for (const auto& picture : m_pictures)
        if (picture->handle.isDecoded()) bytes += bytesOf(picture->handle.size());
    return bytes;
}

void Pictures::keepWithinLimit() {
    auto bytes = decodedBytes();
    QStringList gone;
    for (const auto& hash : std::as_const(m_used)) {
        if (bytes <= m_memoryLimit || hash == m_used.last()) break;
        const auto& handle = m_pictures.value(hash)->handle;
        if (!handle.isDecoded()) continue;
        handle.letGo();
        bytes -= bytesOf(handle.size());
        gone.append(hash);
    }
    for (const auto& hash : gone) emit letGo(hash);
    keepFilesWithin(m_memoryLimit / 4);
}

qint64 Pictures::fileBytes() const {
    qint64 bytes = 0;
    for (const auto& picture : m_pictures)
        if (picture->file.isKept()) bytes += picture->file.size();
    return bytes;
}

void Pictures::keepFilesWithin(qint64 limit) {
    auto bytes = fileBytes();
    for (const auto& hash : std::as_const(m_used)) {
        if (bytes <= limit || hash == m_used.last()) break;
        const auto& file = m_pictures.value(hash)->file;
        if (!file.isKept()) continue;
        file.letGo();
        if (!file.isKept()) bytes -= file.size();
    }
}

void Pictures::submit(const QString& name, const std::function<OpenPicture()>& read) {
    const auto job = m_reader.submit(tr("Reading %1").arg(name), [this, read](WorkerContext&) {
        emit decoded(std::make_shared<const OpenPicture>(read()));
    });
    m_jobs.insert(job, name);
}

}  // namespace fusionscope::ui
