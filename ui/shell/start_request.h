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
    QString page = {};    ///< of the inspector: "atlas", "compare", "frames", "align", "ablate"; empty for the first
    QString map = {};     ///< activation to enlarge and lay over the picture; empty for none
    QString second = {};  ///< folder of a model to load beside the first; the question goes to both
    QString score = {};   ///< words whose similarity to the marked frames is measured; empty for none
    int frames = 0;       ///< to mark in the video, evenly spread; 0 for none

    bool operator==(const StartRequest&) const = default;
};

QByteArray toJson(const StartRequest& request);
/// Nothing when it is not what toJson() writes.
std::optional<StartRequest> startRequestFrom(const QByteArray& json);

}  // namespace fusionscope::ui
