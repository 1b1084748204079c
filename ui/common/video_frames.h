#pragma once

#include <QString>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace fusionscope::ui {

class Pictures;

/// A frame of a video that is open as a picture.
struct VideoFrame {
    QString picture;       ///< its hash
    QString video;         ///< the file it was taken from
    qint64 index = 0;      ///< counted from 0
    double seconds = 0;    ///< when it is shown
    double duration = 0;   ///< of the whole video, in seconds
    QString sampler;       ///< how it was chosen among others, "uniform 8"; empty: by hand
};

/// As OpenPicture::origin and session::AttachedPicture::origin keep it.
nlohmann::json originOf(const VideoFrame& frame);
/// Nothing for an origin that is not of a frame, whoever wrote it.
std::optional<VideoFrame> frameFrom(const nlohmann::json& origin, const QString& picture);

/// The open frames of a video, in the order of time.
std::vector<VideoFrame> framesOf(const Pictures& pictures, const QString& video);
/// The video that the frame opened last was taken from; empty when no frame is open.
QString latestVideo(const Pictures& pictures);

/// "00:12.40", with hours in front when there are any.
QString timeText(double seconds);

}  // namespace fusionscope::ui
