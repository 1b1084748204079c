#include "core/video/frame_reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/videoio.hpp>
#include <string_view>

#include "core/files/error.h"
#include "core/video/orientation.h"

namespace fusionscope::video {

namespace {

constexpr auto formats = "Use an AVI, MP4, MOV, MKV, WebM, Ogg, MPEG or FLV file.";

/// Frames that are decoded and passed by rather than sought: seeking lands on a key frame and decodes from there anyway.
constexpr std::int64_t shortWay = 24;
/// Time stamps that differ by less than this many seconds are the same.
constexpr double sameTime = 1e-4;

/// Only files that begin like a video reach the demuxers, so that playlists and the like cannot make them open others.
bool beginsLikeVideo(const std::filesystem::path& file) {
    std::array<char, 16> bytes{};
    std::ifstream in(file, std::ios::binary);
    if (!in.read(bytes.data(), bytes.size())) return false;
    const std::string_view head(bytes.data(), bytes.size());
    const auto at = [head](std::size_t offset, std::string_view mark) { return head.substr(offset, mark.size()) == mark; };
    using namespace std::string_view_literals;
    return (at(0, "RIFF") && at(8, "AVI ")) || at(4, "ftyp") || at(4, "moov") || at(4, "mdat") || at(4, "wide") ||
           at(0, "\x1a\x45\xdf\xa3"sv) || at(0, "OggS") || at(0, "\0\0\1\xba"sv) || at(0, "\0\0\1\xb3"sv) ||
           at(0, "FLV\1"sv) || at(0, "\x47\x40"sv);
}

/// What the container says; 0 when it says nothing sensible.
double claimed(const cv::VideoCapture& capture, int property) {
    const double value = capture.get(property);
    return std::isfinite(value) && value > 0 ? value : 0;
}

}  // namespace

struct FrameReader::State {
    std::string name;
    VideoLimits limits;
    cv::VideoCapture capture;
    std::vector<double> seconds;  // of each frame, from the first one on; rises strictly when `seekable`
    double first = 0;             // time stamp of the first frame
    double rate = 0;
    image::Size size;
    int turns = 0;  // clockwise, until a frame is upright
    bool seekable = true;
    std::int64_t position = -1;  // of the frame that was grabbed last; −1 before the first one

    void open() {
        if (!capture.open(name, cv::CAP_FFMPEG)) throw Error("cannot be decoded as a video", name, formats);
        capture.set(cv::CAP_PROP_ORIENTATION_AUTO, 0);
        position = -1;
    }
    /// The frame that was grabbed, upright. @return false when it cannot be decoded
    bool retrieve(cv::Mat& frame) {
        if (!capture.retrieve(frame) || frame.empty()) return false;
        constexpr cv::RotateFlags flags[] = {cv::ROTATE_90_CLOCKWISE, cv::ROTATE_180, cv::ROTATE_90_COUNTERCLOCKWISE};
        if (turns > 0) cv::rotate(frame, frame, flags[turns - 1]);
        return true;
    }
    bool grab() {
        if (!capture.grab()) return false;
        ++position;
        return true;
    }
    double stamp() const { return capture.get(cv::CAP_PROP_POS_MSEC) / 1000 - first; }
    bool isAt(std::int64_t index) const { return std::abs(stamp() - seconds[static_cast<std::size_t>(index)]) < sameTime; }
    void scan(const Pass& pass);
    void checkSize() const;
    void checkSize(double width, double height) const;
    bool seek(std::int64_t index);
    bool countTo(std::int64_t index, const Pass& pass);
};

void FrameReader::State::checkSize() const {
    const double width = claimed(capture, cv::CAP_PROP_FRAME_WIDTH), height = claimed(capture, cv::CAP_PROP_FRAME_HEIGHT);
    if (width < 1 || height < 1) throw Error("holds no pictures that can be decoded", name, formats);
    checkSize(width, height);
}

void FrameReader::State::checkSize(double width, double height) const {
    if (width * height > static_cast<double>(limits.pixels))
        throw Error(concat("has frames of ", width, " × ", height, " pixels, more than can be shown"), name,
                    "Make a smaller copy of the video.");
}

void FrameReader::State::scan(const Pass& pass) {
    const double expected = claimed(capture, cv::CAP_PROP_FRAME_COUNT);
    while (grab()) {
        if (pass.stop.stop_requested()) throw Stopped();
        if (static_cast<std::int64_t>(seconds.size()) >= limits.frames)
            throw Error(concat("has more than ", limits.frames, " frames"), name, "Cut it into parts.");
        const double stamp = capture.get(cv::CAP_PROP_POS_MSEC) / 1000;
        if (seconds.empty()) first = stamp;
        if (!seconds.empty() && !(stamp - first > seconds.back())) seekable = false;
        seconds.push_back(stamp - first);
        if (pass.progress) pass.progress(expected > 0 ? std::min(static_cast<double>(seconds.size()) / expected, 1.0) : 0);
    }
    if (seconds.empty()) throw Error("has no frame that can be decoded; it may be cut short or damaged", name, formats);
    const double claimedRate = claimed(capture, cv::CAP_PROP_FPS);
    if (!seekable)  // stamps that do not rise tell nothing; the claimed rate is all there is
        for (std::size_t index = 0; index < seconds.size(); ++index)
            seconds[index] = static_cast<double>(index) / (claimedRate > 0 ? claimedRate : 25);
    const double span = seconds.back();
    rate = span > 0 ? static_cast<double>(seconds.size() - 1) / span : (claimedRate > 0 ? claimedRate : 25);
}

/// The decoder's own seeking, believed only when the time stamp is the one written down.
bool FrameReader::State::seek(std::int64_t index) {
    if (!seekable || !capture.set(cv::CAP_PROP_POS_FRAMES, static_cast<double>(index)) || !capture.grab()) return false;
    if (!isAt(index)) return false;
    position = index;
    return true;
}

bool FrameReader::State::countTo(std::int64_t index, const Pass& pass) {
    if (position > index) open();
    while (position < index) {
        if (pass.stop.stop_requested()) throw Stopped();
        if (!grab()) return false;
        if (pass.progress) pass.progress(static_cast<double>(position) / static_cast<double>(index + 1));
    }
    return !seekable || isAt(index);
}

FrameReader::FrameReader(const std::filesystem::path& file, const Pass& pass, const VideoLimits& limits)
    : m_state(std::make_unique<State>()) {
    auto& state = *m_state;
    state.name = file.string();
    state.limits = limits;
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error))
        throw Error("is no file that can be read", state.name, "Check the path and the permissions.");
    if (!beginsLikeVideo(file)) throw Error("is not a video of a known kind", state.name, formats);
    // A relative name might be taken for a protocol.
    state.name = std::filesystem::absolute(file).string();
    state.turns = quarterTurns(file);
    try {
        state.open();
        state.checkSize();
        state.scan(pass);
        state.open();
        cv::Mat picture;
        if (!state.grab() || !state.retrieve(picture))
            throw Error("has no frame that can be decoded", state.name, formats);
        state.size = {picture.cols, picture.rows};
    } catch (const cv::Exception& exception) {
        throw Error("cannot be decoded: " + exception.err, state.name, formats);
    }
}

FrameReader::~FrameReader() = default;
FrameReader::FrameReader(FrameReader&&) noexcept = default;
FrameReader& FrameReader::operator=(FrameReader&&) noexcept = default;

std::int64_t FrameReader::count() const { return static_cast<std::int64_t>(m_state->seconds.size()); }
double FrameReader::framesPerSecond() const { return m_state->rate; }
double FrameReader::seconds() const { return m_state->seconds.back() + 1 / m_state->rate; }
image::Size FrameReader::size() const { return m_state->size; }

double FrameReader::secondsOf(std::int64_t index) const {
    if (index < 0 || index >= count())
        throw Error(concat("has no frame ", index, "; its frames are 0 to ", count() - 1), m_state->name);
    return m_state->seconds[static_cast<std::size_t>(index)];
}

std::int64_t FrameReader::indexAt(double seconds) const {
    const auto& all = m_state->seconds;
    const auto later = std::upper_bound(all.begin(), all.end(), seconds + sameTime);
    return std::max<std::int64_t>(later - all.begin() - 1, 0);
}

image::Picture FrameReader::frame(std::int64_t index, const Pass& pass) {
    secondsOf(index);  // refuses what is not there
    auto& state = *m_state;
    const auto changed = [&] { return Error("has changed since it was opened", state.name, "Open it again."); };
    try {
        const bool near = state.position <= index && (index - state.position <= shortWay || !state.seekable);
        const bool there = (near && state.countTo(index, pass)) || state.seek(index);
        if (!there) {
            state.open();
            if (!state.countTo(index, pass)) throw changed();
        }
        cv::Mat frame;
        if (!state.retrieve(frame) || frame.type() != CV_8UC3) throw changed();
        state.checkSize(frame.cols, frame.rows);  // a video may change it on its way
        image::Picture picture;
        picture.size = {frame.cols, frame.rows};
        picture.rgb.resize(static_cast<std::size_t>(frame.cols) * static_cast<std::size_t>(frame.rows) * 3);
        auto* out = picture.rgb.data();
        for (int y = 0; y < frame.rows; ++y) {
            const auto* bgr = frame.ptr<std::uint8_t>(y);
            for (int x = 0; x < frame.cols; ++x, out += 3, bgr += 3) {
                out[0] = bgr[2];
                out[1] = bgr[1];
                out[2] = bgr[0];
            }
        }
        picture.source.colours = "RGB";
        picture.source.storedSize = picture.size;
        return picture;
    } catch (const cv::Exception& exception) {
        throw Error("cannot be decoded: " + exception.err, state.name, formats);
    }
}

}  // namespace fusionscope::video
