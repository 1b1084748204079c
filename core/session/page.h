#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/session/document.h"

/// Conversations as pages that a person reads, and back.
namespace fusionscope::session {

/// How a turn's speaker is called.
QString speaker(const Turn& turn);

using Append = std::function<void(const QByteArray&)>;

/// One page without references to anything outside it; every picture stands in it once. It also holds the document.
void writeHtml(const Document& document, const Append& append);
/// @throws Error when the page holds no document of ours
Document readHtml(std::string_view page, const std::string& where);

/// The active path. A line of a text that could be taken for one of ours gets a backslash in front.
/// @param pictureFolder the name of the folder with the pictures, HASH.ENDING each
void writeMarkdown(const Document& document, const QString& pictureFolder, const Append& append);
/// @param readPicture gives the bytes of a file "folder/name" beside the page; null bytes when it is not there
Document readMarkdown(std::string_view page, const std::string& where,
                      const std::function<QByteArray(const QString& folder, const QString& name)>& readPicture);

/// ".png", ".jpg", … by the bytes.
QString fileEnding(const QByteArray& picture);

}  // namespace fusionscope::session
