#include "ui/common/video_frames.h"

#include <algorithm>
#include <cmath>

#include "ui/common/pictures.h"

namespace fusionscope::ui {

namespace {

double secondsIn(const nlohmann::json& origin, const char* key) {
    const auto found = origin.find(key);
    const double seconds = found != origin.end() && found->is_number() ? found->get<double>() : 0;
    return std::isfinite(seconds) && seconds > 0 ? seconds : 0;
}

QString textIn(const nlohmann::json& origin, const char* key) {
    const auto found = origin.find(key);
    return found != origin.end() && found->is_string() ? QString::fromStdString(found->get<std::string>()) : QString();
}

}  // namespace

nlohmann::json originOf(const VideoFrame& frame) {
    nlohmann::json origin = {{"video", frame.video.toStdString()},
                             {"frame", frame.index},
                             {"seconds", frame.seconds},
                             {"duration", frame.duration}};
    if (!frame.sampler.isEmpty()) origin["sampler"] = frame.sampler.toStdString();
    return origin;
}

std::optional<VideoFrame> frameFrom(const nlohmann::json& origin, const QString& picture) {
    if (!origin.is_object()) return {};
    VideoFrame frame;
    frame.picture = picture;
    frame.video = textIn(origin, "video");
    frame.sampler = textIn(origin, "sampler");
    const auto index = origin.find("frame");
    if (frame.video.isEmpty() || index == origin.end() || !index->is_number_integer()) return {};
    frame.index = std::max<qint64>(0, index->get<qint64>());
    frame.seconds = secondsIn(origin, "seconds");
    frame.duration = std::max(secondsIn(origin, "duration"), frame.seconds);
    return frame;
}

std::vector<VideoFrame> framesOf(const Pictures& pictures, const QString& video) {
    std::vector<VideoFrame> frames;
    for (const auto& hash : pictures.order()) {
        auto frame = frameFrom(pictures.find(hash)->origin, hash);
        if (frame && frame->video == video) frames.push_back(std::move(*frame));
    }
    std::ranges::sort(frames, {}, &VideoFrame::index);
    return frames;
}

QString latestVideo(const Pictures& pictures) {
    const auto& order = pictures.order();
    for (auto hash = order.rbegin(); hash != order.rend(); ++hash)
        if (const auto frame = frameFrom(pictures.find(*hash)->origin, *hash)) return frame->video;
    return {};
}

QString timeText(double seconds) {
    const auto hundredths = qint64(std::llround(std::max(seconds, 0.0) * 100));
    const auto two = [](qint64 number) { return QStringLiteral("%1").arg(number, 2, 10, QLatin1Char('0')); };
    const auto hours = hundredths / 360000;
    return (hours > 0 ? two(hours) + ':' : QString()) + two(hundredths / 6000 % 60) + ':' + two(hundredths / 100 % 60) +
           '.' + two(hundredths % 100);
}

}  // namespace fusionscope::ui
