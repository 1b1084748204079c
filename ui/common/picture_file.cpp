#include "ui/common/picture_file.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QFile>
#include <mutex>

#include "ui/common/refusal.h"

namespace fusionscope::ui {

namespace {

/// Larger files are refused before they are read: no picture that can be decoded within the limits needs more.
constexpr qint64 largestFile = qint64{512} << 20;

QString say(const char* sentence) { return QCoreApplication::translate("Pictures", sentence); }

QByteArray bytesAt(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        throw refusal(say(QT_TRANSLATE_NOOP("Pictures", "cannot be read: %1")).arg(file.errorString()), path);
    if (file.size() > largestFile)
        throw refusal(say(QT_TRANSLATE_NOOP("Pictures", "is larger than 512 MB")), path,
                      say(QT_TRANSLATE_NOOP("Pictures", "Open a smaller version of the picture.")));
    return file.readAll();
}

QString hashOf(const QByteArray& bytes) {
    return QString::fromLatin1(QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex());
}

}  // namespace

struct PictureFile::State {
    explicit State(const QByteArray& all) : size(all.size()), bytes(all) {}

    const qint64 size;
    std::mutex mutex;
    QByteArray bytes;
    QString path, hash;  // no path: they are never let go; no hash: nobody has asked yet, so they are still here
    bool isKept = true;
};

PictureFile::PictureFile() : PictureFile(QByteArray()) {}

PictureFile::PictureFile(const QByteArray& bytes) : m_state(std::make_shared<State>(bytes)) {}

PictureFile PictureFile::read(const QString& path) {
    PictureFile file(bytesAt(path));
    file.liesAt(path);
    return file;
}

QByteArray PictureFile::bytes() const {
    QString path;
    {
        const std::lock_guard lock(m_state->mutex);
        if (m_state->isKept) return m_state->bytes;
        path = m_state->path;
    }
    const auto bytes = bytesAt(path);
    if (hashOf(bytes) != hash())
        throw refusal(say(QT_TRANSLATE_NOOP("Pictures", "has changed since it was opened")), path,
                      say(QT_TRANSLATE_NOOP("Pictures", "Open it again.")));
    const std::lock_guard lock(m_state->mutex);
    m_state->bytes = bytes;
    m_state->isKept = true;
    return bytes;
}

qint64 PictureFile::size() const { return m_state->size; }

QString PictureFile::hash() const {
    const std::lock_guard lock(m_state->mutex);
    if (m_state->hash.isEmpty()) m_state->hash = hashOf(m_state->bytes);
    return m_state->hash;
}

void PictureFile::liesAt(const QString& path) const {
    hash();
    const std::lock_guard lock(m_state->mutex);
    m_state->path = path;
}

void PictureFile::letGo() const {
    const std::lock_guard lock(m_state->mutex);
    if (m_state->path.isEmpty()) return;
    m_state->bytes.clear();
    m_state->isKept = false;
}

bool PictureFile::isKept() const {
    const std::lock_guard lock(m_state->mutex);
    return m_state->isKept;
}

}  // namespace fusionscope::ui
