#include "core/decoding/video_process.h"

#include <QProcess>
#include <cmath>
#include <cstring>

#include "core/files/error.h"
#include "core/files/json.h"

namespace fusionscope::decoding {

namespace {

constexpr int waitMilliseconds = 20;
constexpr std::int64_t mostFrames = 1'000'000, mostFrameBytes = std::int64_t{1} << 28;
constexpr files::JsonLimits lineLimits{std::size_t{64} << 20, 3'000'000, 4};

std::filesystem::path usualProgram() {
    std::error_code ignored;
    const auto folder = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
    for (const auto& place : {folder, folder.parent_path() / "bin"})
        if (std::filesystem::exists(place / "fusionscope-decode", ignored)) return place / "fusionscope-decode";
    return folder / "fusionscope-decode";
}

}  // namespace

std::string textOf(const Sampling& sampling) {
    constexpr const char* names[] = {"uniform", "every", "scenes"};
    return concat(names[static_cast<int>(sampling.kind)], " ", sampling.value);
}

struct VideoProcess::State {
    std::string file;
    std::stop_token stop;
    DecoderOptions options;
    VideoFacts facts;
    QProcess process;

    void start() {
        if (options.program.empty()) options.program = usualProgram();
        if (!std::filesystem::exists(options.program))
            throw Error("is missing", options.program.string(), "Install Fusionscope again.");
        process.setStandardErrorFile(QProcess::nullDevice());  // decoders talk; what matters comes as a line
        process.start(QString::fromStdString(options.program.string()), {QString::fromStdString(file)});
    }

    void end() {
        process.kill();
        process.waitForFinished();
    }

    /// Waits until the decoder has said more.
    void wait(int& silent) {
        if (stop.stop_requested()) {
            end();
            throw Stopped();
        }
        if (process.waitForReadyRead(waitMilliseconds)) {
            silent = 0;
            return;
        }
        if (process.state() == QProcess::NotRunning)
            throw Error("breaks the video decoder", file, "The file is damaged or needs too much memory.");
        silent += waitMilliseconds;
        if (silent < options.silenceMilliseconds) return;
        end();
        throw Error("keeps the video decoder busy for too long", file, "The file is damaged.");
    }

    /// The next line that is no progress. @throws Error that the line tells
    nlohmann::json line(const Progress& progress) {
        for (int silent = 0;;) {
            while (!process.canReadLine()) {
                if (process.bytesAvailable() > static_cast<qint64>(lineLimits.bytes)) garbled();
                wait(silent);
            }
            auto json = files::parseJson(process.readLine().toStdString(), file, lineLimits);
            const files::Fields fields(json, file);
            if (fields.has("problem")) throw Error(fields.text("problem"), fields.text("where"), fields.text("hint"));
            if (!fields.has("progress")) return json;
            if (progress) progress(fields.number("progress"));
        }
    }

    [[noreturn]] void garbled() {
        end();
        throw Error("confuses the video decoder", file, "The file is damaged.");
    }

    QByteArray bytes(std::int64_t count) {
        for (int silent = 0; process.bytesAvailable() < count;) wait(silent);
        return process.read(count);
    }

    void ask(const std::string& request) {
        if (process.state() != QProcess::Running)
            throw Error("has no decoder any more", file, "Open the video again.");
        process.write(QByteArray::fromStdString(request + "\n"));
    }

    void readFacts(const Progress& progress) {
        const auto json = line(progress);
        const files::Fields head(json, file);
        constexpr files::Range<std::int64_t> side{1, 1 << 16};
        facts.size = {static_cast<int>(head.integer("width", side)), static_cast<int>(head.integer("height", side))};
        facts.framesPerSecond = head.number("rate");
        facts.duration = head.number("duration");
        facts.seconds.resize(static_cast<std::size_t>(head.integer("frames", {1, mostFrames})));
        const auto raw = bytes(static_cast<std::int64_t>(facts.seconds.size() * sizeof(double)));
        std::memcpy(facts.seconds.data(), raw.constData(), static_cast<std::size_t>(raw.size()));
        for (const double seconds : facts.seconds)
            if (!std::isfinite(seconds)) garbled();
    }
};

VideoProcess::VideoProcess(const std::filesystem::path& file, std::stop_token stop, const Progress& progress,
                           const DecoderOptions& options)
    : m_state(std::make_unique<State>()) {
    m_state->file = file.string();
    m_state->stop = std::move(stop);
    m_state->options = options;
    try {
        m_state->start();
        m_state->readFacts(progress);
    } catch (...) {
        m_state->end();
        throw;
    }
}

VideoProcess::~VideoProcess() { m_state->end(); }

const VideoFacts& VideoProcess::facts() const { return m_state->facts; }

bool VideoProcess::isAlive() const { return m_state->process.state() == QProcess::Running; }

image::Picture VideoProcess::frame(std::int64_t index) {
    m_state->ask(concat("frame ", index));
    const auto json = m_state->line({});
    const files::Fields head(json, m_state->file);
    constexpr files::Range<std::int64_t> side{1, 1 << 16};
    image::Picture picture;
    picture.size = {static_cast<int>(head.integer("width", side)), static_cast<int>(head.integer("height", side))};
    const std::int64_t bytes = std::int64_t{3} * picture.size.width * picture.size.height;
    if (bytes > mostFrameBytes) m_state->garbled();
    const auto rgb = m_state->bytes(bytes);
    picture.rgb.assign(rgb.begin(), rgb.end());
    return picture;
}

Choice VideoProcess::choose(const Sampling& sampling, const Progress& progress) {
    m_state->ask(textOf(sampling));
    const auto json = m_state->line(progress);
    Choice choice;
    for (const auto& index : json.at("frames")) {
        if (!index.is_number_integer() || index < 0 || index >= m_state->facts.seconds.size()) m_state->garbled();
        choice.frames.push_back(index.get<std::int64_t>());
    }
    if (json.contains("changes"))
        for (const auto& change : json["changes"]) choice.changes.push_back(change.is_number() ? change.get<double>() : 0);
    return choice;
}

}  // namespace fusionscope::decoding
