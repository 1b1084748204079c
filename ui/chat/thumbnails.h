#pragma once

#include <QHash>
#include <QObject>
#include <QPixmap>
#include <QSet>

#include "ui/chat/history.h"
#include "ui/common/pictures.h"

namespace fusionscope::ui {

/// Small versions of the history's pictures, made in the reader's thread when they are first asked for.
class Thumbnails : public QObject {
    Q_OBJECT

  public:
    static constexpr int side = 96;  ///< of the square that they fill, in pixels

    Thumbnails(Pictures& pictures, Worker& reader, const History& history, QObject* parent = nullptr);

    /// Null until ready() was emitted for the picture; stays null for one that cannot be read.
    QPixmap of(const QString& hash);
    /// The same for a picture that the history may not hold yet.
    QPixmap of(const OpenPicture& picture);

  signals:
    void ready(const QString& hash);
    /// From the reader's thread.
    void made(const QString& hash, const QImage& image);

  private:
    QPixmap find(const QString& hash, const engine::PictureHandle* handle);

    Pictures& m_pictures;
    Worker& m_reader;
    const History& m_history;
    QHash<QString, QPixmap> m_known;
    QSet<QString> m_asked;
};

}  // namespace fusionscope::ui
