#include "ui/chat/thumbnails.h"

#include <optional>

#include "ui/chat/picture_bytes.h"

namespace fusionscope::ui {

Thumbnails::Thumbnails(Pictures& pictures, Worker& reader, const History& history, QObject* parent)
    : QObject(parent), m_pictures(pictures), m_reader(reader), m_history(history) {
    connect(this, &Thumbnails::made, this, [this](const QString& hash, const QImage& image) {
        m_known.insert(hash, QPixmap::fromImage(image));
        emit ready(hash);
    }, Qt::QueuedConnection);
}

QPixmap Thumbnails::of(const QString& hash) {
    const auto open = m_pictures.find(hash);
    return find(hash, open ? &open->handle : nullptr);
}

QPixmap Thumbnails::of(const OpenPicture& picture) {
    return find(QString::fromStdString(picture.handle.hash()), &picture.handle);
}

QPixmap Thumbnails::find(const QString& hash, const engine::PictureHandle* handle) {
    if (hash.isEmpty() || m_asked.contains(hash)) return m_known.value(hash);
    m_asked.insert(hash);
    const auto known = handle ? std::make_optional(*handle) : std::nullopt;
    m_reader.submit(tr("Making a small picture"), [this, hash, known, folder = m_history.mediaFolder()](WorkerContext&) {
        const auto picture = known ? *known : storedPicture(folder, hash);
        const auto pixels = picture.picture();
        const auto whole = imageOf(*pixels);
        const auto small = whole.scaled(side, side, Qt::KeepAspectRatioByExpanding, Qt::SmoothTransformation);
        emit made(hash, small.copy((small.width() - side) / 2, (small.height() - side) / 2, side, side));
    });
    return {};
}

}  // namespace fusionscope::ui
