#pragma once

#include <QByteArray>
#include <QHash>
#include <string>
#include <vector>

#include "core/files/json.h"
#include "core/session/conversation.h"

/// A conversation as files hold it, with everything that belongs to it.
namespace fusionscope::session {

/// What a file of ours may cost. A token with five alternatives is 24 values.
inline constexpr files::JsonLimits documentLimits{std::size_t{256} << 20, 16'000'000, 32};

struct Document {
    Conversation conversation;
    std::vector<std::vector<Token>> tokens;  ///< one list for each turn
    QHash<QString, QByteArray> pictures;     ///< bytes by hash; a missing picture is not among them
};

/// Turns are numbered from 1 in their order; ids of a store do not show. An answer that is being written is written as
/// interrupted.
nlohmann::json toJson(const Document& document);
/// @param where for messages. @throws Error naming the field that is wrong
Document documentFromJson(const nlohmann::json& json, const std::string& where);

/// Base64 of bytes whose hash is `hash`, as found in a file. @throws Error when it is not
QByteArray pictureFromBase64(const QByteArray& base64, const QString& hash, const std::string& where);

}  // namespace fusionscope::session
