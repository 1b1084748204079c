#include "core/session/media_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <QCryptographicHash>
#include <algorithm>
#include <system_error>

#include "core/files/error.h"
#include "core/files/mapped_file.h"
#include "core/files/output_file.h"

namespace fusionscope::session {

namespace fs = std::filesystem;

namespace {

void makeFolder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        throw Error("cannot be made: " + error.message(), folder.string(),
                    "Check the folder's permissions and the free space.");
}

/// A new name is sure to outlive a loss of power only once its folder is on disk too.
void flushFolder(const fs::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
}

}  // namespace

QString hashOf(const QByteArray& bytes) {
    return QString::fromLatin1(QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex());
}

bool isHash(const QString& text) {
    return text.size() == 64 && std::ranges::all_of(text, [](QChar c) {
        return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f');
    });
}

QString mediaTypeOf(const QByteArray& bytes) {
    if (bytes.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
    if (bytes.startsWith("\xFF\xD8\xFF")) return "image/jpeg";
    if (bytes.startsWith("GIF8")) return "image/gif";
    if (bytes.startsWith("BM")) return "image/bmp";
    if (bytes.startsWith("RIFF") && bytes.mid(8, 4) == "WEBP") return "image/webp";
    if (bytes.startsWith(QByteArray("II*\0", 4)) || bytes.startsWith(QByteArray("MM\0*", 4))) return "image/tiff";
    return "application/octet-stream";
}

QString MediaStore::add(const QByteArray& bytes) {
    const QString hash = hashOf(bytes);
    m_added.insert(hash);
    const fs::path file = path(hash);
    if (isSound(hash)) return hash;
    makeFolder(file.parent_path());
    files::OutputFile output(file);
    output.append(std::as_bytes(std::span(bytes.constData(), static_cast<std::size_t>(bytes.size()))));
    output.commit();
    flushFolder(file.parent_path());
    flushFolder(m_folder);
    return hash;
}

fs::path MediaStore::path(const QString& hash) const {
    if (!isHash(hash)) throw Error("is no picture of the history", hash.toStdString());
    const std::string name = hash.toStdString();
    return m_folder / name.substr(0, 2) / name;
}

bool MediaStore::has(const QString& hash) const {
    std::error_code error;
    return isHash(hash) && fs::is_regular_file(path(hash), error);
}

bool MediaStore::isSound(const QString& hash) const {
    try {
        read(hash);
        return true;
    } catch (const Error&) {
        return false;
    }
}

QByteArray MediaStore::read(const QString& hash) const {
    const fs::path file = path(hash);
    if (!has(hash))
        throw Error("is missing: the picture is no longer in the history's folder", file.string(),
                    "Open the picture again from where you have it.");
    const auto mapped = files::MappedFile::open(file);
    const auto bytes = mapped->text();
    QByteArray copy(bytes.data(), static_cast<qsizetype>(bytes.size()));
    if (hashOf(copy) != hash)
        throw Error("is damaged: its bytes are no longer those of the picture that was added", file.string(),
                    "Open the picture again from where you have it.");
    return copy;
}

int MediaStore::removeAllBut(const QSet<QString>& referenced) {
    int removed = 0;
    std::error_code error;
    for (const auto& folder : fs::directory_iterator(m_folder, error)) {
        std::error_code inner;
        for (const auto& file : fs::directory_iterator(folder.path(), inner)) {
            const QString name = QString::fromStdString(file.path().filename().string());
            const QString hash = name.endsWith(".part") ? name.chopped(5) : name;  // left behind by a killed process
            if (!isHash(hash) || m_added.contains(hash) || referenced.contains(name)) continue;
            std::error_code ignored;
            if (fs::remove(file.path(), ignored)) ++removed;
        }
    }
    return removed;
}

}  // namespace fusionscope::session
