#pragma once

#include <QByteArray>
#include <QSet>
#include <QString>
#include <filesystem>

namespace fusionscope::session {

/// SHA-256 in hexadecimal, the name of a picture.
QString hashOf(const QByteArray& bytes);
bool isHash(const QString& text);
/// "image/png", "image/jpeg", … by the first bytes; "application/octet-stream" for anything else.
QString mediaTypeOf(const QByteArray& bytes);

/// Files named by the SHA-256 of their bytes, in folders by the first two digits. A file is there whole or not at all.
class MediaStore {
  public:
    explicit MediaStore(std::filesystem::path folder) : m_folder(std::move(folder)) {}

    /// Keeps the bytes (once, however often they are added; a damaged file is mended) and returns their hash. They are
    /// on disk when this returns, and stay at least as long as this object. @throws Error when they cannot be written
    QString add(const QByteArray& bytes);
    /// Where the bytes lie, to be read or mapped. @throws Error when `hash` is no hash
    std::filesystem::path path(const QString& hash) const;
    bool has(const QString& hash) const;
    /// @throws Error when the picture is missing or its bytes are no longer the ones that were added
    QByteArray read(const QString& hash) const;

    /// Removes every file that is neither among `referenced` nor was added through this object. Returns how many.
    int removeAllBut(const QSet<QString>& referenced);

  private:
    bool isSound(const QString& hash) const;

    std::filesystem::path m_folder;
    QSet<QString> m_added;
};

}  // namespace fusionscope::session
