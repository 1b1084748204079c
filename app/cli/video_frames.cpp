#include "app/cli/video_frames.h"

#include <QProcess>
#include <filesystem>

#include "core/files/error.h"
#include "core/files/json.h"

namespace fusionscope::cli {

namespace {

constexpr int waitMilliseconds = 100, mostWaits = 100;  // ten seconds without a word
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
    DecoderProcess(const std::string& file, const FrameChoice& choice, const engine::Control& control)
        : m_file(file), m_control(control) {
        const QString how = choice.every ? QStringLiteral("every") : choice.scenes ? QStringLiteral("scenes") : QStringLiteral("frames");
        const double value = choice.every ? *choice.every : choice.scenes ? *choice.scenes : choice.frames;
        m_process.start(QString::fromStdString(decoderProgram().string()),
                        {QString::fromStdString(file), how, QString::number(value, 'g', 17), QString::number(FrameChoice::most)});
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

void FrameChoice::addTo(CLI::App& options) {
    auto* number = options
                       .add_option("--frames", frames, "Frames that are taken of a video, from its first one to its last one")
                       ->check(CLI::Range(1, most))
                       ->type_name("N")
                       ->capture_default_str();
    auto* interval = options.add_option("--every", every, "In place of --frames: one every so many seconds")
                         ->check(CLI::PositiveNumber)
                         ->type_name("S")
                         ->excludes(number);
    options
        .add_option("--scenes", scenes,
                    "In place of --frames: the first one of each scene, which begins where the colours change by more than this, 0 "
                    "to 1 (0.3 for cuts)")
        ->check(CLI::Range(0.0, 1.0))
        ->type_name("T")
        ->excludes(number)
        ->excludes(interval);
}

ShownVideo readVideo(const std::string& file, const FrameChoice& choice, const engine::Control& control) {
    DecoderProcess decoder(file, choice, control);
    const auto first = decoder.line();
    const files::Fields head(first, file);
    const auto count = head.integer("frames", {1, FrameChoice::most});
    ShownVideo video;
    video.frames.times.duration = head.number("duration");
    video.all = head.integer("all");
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
        video.indices.push_back(fields.integer("index"));
        video.changes.push_back(fields.has("change") ? std::optional(fields.number("change")) : std::nullopt);
        video.frames.times.seconds.push_back(fields.number("seconds"));
        video.frames.frames.push_back(engine::PictureHandle::of(std::move(picture)));
    }
    return video;
}

}  // namespace fusionscope::cli
