#include "app/cli/video_frames.h"

#include <QProcess>
#include <filesystem>

#include "core/files/error.h"
#include "core/files/json.h"

namespace fusionscope::cli {

namespace {

constexpr int waitMilliseconds = 100, mostWaits = 300;  // half a minute without a word
constexpr int64_t mostBytes = int64_t{2} << 30;         // of all frames together

std::filesystem::path decoderProgram() {
    std::error_code ignored;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "fusionscope-decode";
    if (!std::filesystem::exists(program)) throw Error("is missing", program.string(), "Install Fusionscope again.");
    return program;
}

/// The child at work.
class DecoderProcess {
  public:
    DecoderProcess(const std::string& file, int wanted, const engine::Control& control) : m_file(file), m_control(control) {
        m_process.start(QString::fromStdString(decoderProgram().string()),
                        {QString::fromStdString(file), QString::number(wanted)});
    }
    ~DecoderProcess() {
        m_process.kill();
        m_process.waitForFinished();
    }
    DecoderProcess(const DecoderProcess&) = delete;
    DecoderProcess& operator=(const DecoderProcess&) = delete;

    /// The next line that is no progress. @throws Error that the line tells, or that the child died
    nlohmann::json line() {
        for (;;) {
            while (!m_process.canReadLine()) wait();
            auto json = files::parseJson(m_process.readLine().toStdString(), m_file);
            const files::Fields fields(json, m_file);
            if (fields.has("problem")) throw Error(fields.text("problem"), fields.text("where"), fields.text("hint"));
            if (!fields.has("progress")) return json;
            m_control.report("Reading " + m_file, fields.number("progress"));
        }
    }
    QByteArray bytes(int64_t count) {
        while (m_process.bytesAvailable() < count) wait();
        return m_process.read(count);
    }

  private:
    void wait() {
        const bool more = m_process.waitForReadyRead(waitMilliseconds);
        if (m_control.stop.stop_requested()) throw Stopped();  // Ctrl-C ends the child too
        if (more) {
            m_waits = 0;
            return;
        }
        if (m_process.state() == QProcess::NotRunning)
            throw Error("breaks the video decoder", m_file, "The file is damaged or needs too much memory.");
        if (++m_waits == mostWaits) throw Error("keeps the video decoder busy for too long", m_file, "The file is damaged.");
    }

    QProcess m_process;
    std::string m_file;
    const engine::Control& m_control;
    int m_waits = 0;
};

}  // namespace

engine::VideoFrames readVideo(const std::string& file, int wanted, const engine::Control& control) {
    DecoderProcess decoder(file, wanted, control);
    const auto first = decoder.line();
    const files::Fields head(first, file);
    const auto count = head.integer("frames", {1, wanted});
    engine::VideoFrames video;
    video.times.duration = head.number("duration");
    int64_t all = 0;
    for (int64_t i = 0; i < count; ++i) {
        const auto about = decoder.line();
        const files::Fields fields(about, file);
        constexpr files::Range<int64_t> side{1, 1 << 16};
        image::Picture picture;
        picture.size = {static_cast<int>(fields.integer("width", side)), static_cast<int>(fields.integer("height", side))};
        const int64_t bytes = int64_t{3} * picture.size.width * picture.size.height;
        if ((all += bytes) > mostBytes)
            throw Error(concat("has frames of ", picture.size.width, " x ", picture.size.height, " pixels, ", count,
                               " of which are too many to hold"),
                        file, "Ask for fewer with --frames.");
        const auto rgb = decoder.bytes(bytes);
        picture.rgb.assign(rgb.begin(), rgb.end());
        video.times.seconds.push_back(fields.number("seconds"));
        video.frames.push_back(engine::PictureHandle::of(std::move(picture)));
    }
    return video;
}

}  // namespace fusionscope::cli
