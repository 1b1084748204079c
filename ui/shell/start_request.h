#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>
#include <optional>

namespace fusionscope::ui {

/// What a person asked for when starting the program.
struct StartRequest {
    QStringList files;  ///< absolute: pictures, folders of pictures, checkpoints
    QString model;      ///< a checkpoint's folder; empty for the last one
    QString layout;     ///< "chat", "inspect" or "present"; empty for the last one
    QString question;   ///< to ask about the first picture; empty for none

    bool operator==(const StartRequest&) const = default;
};

QByteArray toJson(const StartRequest& request);
/// Nothing when it is not what toJson() writes.
std::optional<StartRequest> startRequestFrom(const QByteArray& json);

}  // namespace fusionscope::ui
