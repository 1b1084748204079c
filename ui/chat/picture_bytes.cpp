#include "ui/chat/picture_bytes.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QFileInfo>
#include <QPainter>
#include <QPainterPath>

#include "core/session/media_store.h"
#include "ui/common/refusal.h"

namespace fusionscope::ui {

engine::PictureHandle storedPicture(const std::filesystem::path& mediaFolder, const QString& hash) {
    const auto bytes = session::MediaStore(mediaFolder).read(hash);
    return handleOf(bytes, hash.left(12));
}

OpenPicture keptPicture(const std::filesystem::path& mediaFolder, const session::AttachedPicture& picture) {
    OpenPicture kept;
    const session::MediaStore media(mediaFolder);
    kept.file = media.read(picture.hash);
    kept.file.liesAt(QString::fromStdString(media.path(picture.hash).string()));
    kept.handle = handleOf(kept.file, picture.name);
    kept.name = picture.name;
    kept.origin = picture.origin;
    return kept;
}

QImage imageOf(const image::Picture& picture) {
    const auto view = picture.view();
    return QImage(view.data, view.size.width, view.size.height, static_cast<qsizetype>(view.rowBytes()),
                  QImage::Format_RGB888);
}

QByteArray pngOf(const QImage& image) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    image.save(&buffer, "PNG");
    return bytes;
}

OpenPicture cutOut(const OpenPicture& picture, const Region& region) {
    const auto pixels = picture.handle.picture();
    const auto whole = imageOf(*pixels);
    const auto box = region.outline.boundingRect().toAlignedRect() & whole.rect();
    if (box.isEmpty())
        throw refusal(QCoreApplication::translate("Regions", "the region lies outside of the picture"), picture.name,
                      QCoreApplication::translate("Regions", "Mark another region."));
    QImage part(box.size(), QImage::Format_RGB888);
    part.fill(QColor(128, 128, 128));
    QPainter painter(&part);
    QPainterPath path;
    path.addPolygon(region.outline.translated(-box.topLeft()));
    if (region.kind == Region::Kind::Polygon) painter.setClipPath(path);
    painter.drawImage(QPoint(), whole, box);
    painter.end();

    OpenPicture cut;
    cut.file = pngOf(part);
    const QFileInfo name(picture.name);
    cut.name = QString("%1 %2,%3 %4×%5.png")
                   .arg(name.completeBaseName())
                   .arg(box.x())
                   .arg(box.y())
                   .arg(box.width())
                   .arg(box.height());
    cut.handle = handleOf(cut.file, cut.name);
    cut.origin = {{"picture", picture.handle.hash()},
                  {"box", {box.left(), box.top(), box.right() + 1, box.bottom() + 1}}};
    return cut;
}

}  // namespace fusionscope::ui
