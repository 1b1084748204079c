#pragma once

#include <QByteArray>
#include <QString>
#include <memory>

namespace fusionscope::ui {

/// The bytes of a picture's file, never changed and shared by copies. Those that lie on a disk as well can be let go and
/// are read from there when somebody asks for them. From any thread.
class PictureFile {
  public:
    /// No bytes.
    PictureFile();
    /// Bytes that lie nowhere else, until liesAt() is called.
    PictureFile(const QByteArray& bytes);
    /// @throws Error when it cannot be read, or is larger than any picture that can be decoded
    static PictureFile read(const QString& path);

    /// From memory or else from the disk. @throws Error when the file there is gone or has changed
    QByteArray bytes() const;
    qint64 size() const;
    /// SHA-256 in hexadecimal; computed when it is asked for first.
    QString hash() const;

    /// The same bytes lie at `path`: they can be let go. Computes the hash.
    void liesAt(const QString& path) const;
    /// Frees the bytes; does nothing where they lie nowhere else.
    void letGo() const;
    bool isKept() const;

  private:
    struct State;
    std::shared_ptr<State> m_state;
};

}  // namespace fusionscope::ui
