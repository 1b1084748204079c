#pragma once

#include <QByteArray>
#include <QImage>
#include <filesystem>

#include "core/session/conversation.h"
#include "ui/common/pictures.h"
#include "ui/common/regions.h"

/// Pictures between files, the engine and Qt; all of it may take long and belongs into the reader's or worker's thread.
namespace fusionscope::ui {

/// A picture of the history. @throws Error when it is missing or damaged
engine::PictureHandle storedPicture(const std::filesystem::path& mediaFolder, const QString& hash);

/// The same with its bytes. @throws Error
OpenPicture keptPicture(const std::filesystem::path& mediaFolder, const session::AttachedPicture& picture);

/// The pixels without a copy: valid as long as the picture.
QImage imageOf(const image::Picture& picture);

QByteArray pngOf(const QImage& image);

/// A region as a picture of its own; what the bounding box of a polygon holds beside it is grey.
/// The origin tells the picture's hash and the box in its pixels. @throws Error when nothing lies inside the picture
OpenPicture cutOut(const OpenPicture& picture, const Region& region);

}  // namespace fusionscope::ui
