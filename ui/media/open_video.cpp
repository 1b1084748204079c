#include "ui/media/open_video.h"

#include <QFileInfo>

#include "core/image/decode.h"
#include "core/video/samplers.h"

namespace fusionscope::ui {

QString Sampling::text() const {
    switch (kind) {
        case Kind::Uniform: return QStringLiteral("uniform %1").arg(value);
        case Kind::Every: return QStringLiteral("every %1 s").arg(value);
        case Kind::Scenes: return QStringLiteral("scenes %1").arg(value);
    }
    return {};
}

OpenVideo::OpenVideo(const QString& path, QObject* parent)
    : QObject(parent), m_path(QFileInfo(path).absoluteFilePath()) {
    connect(this, &OpenVideo::scanned, this, [this](const std::shared_ptr<const VideoFacts>& facts) {
        m_facts = facts;
        emit ready();
    }, Qt::QueuedConnection);
    connect(this, &OpenVideo::decoded, this, [this](qint64 index, const std::shared_ptr<const PicturePyramid>& frame) {
        if (index == m_wanted) emit frameReady(index, frame);
    }, Qt::QueuedConnection);
    connect(&m_thread, &Worker::progressed, this,
            [this](JobId, const QString&, double share) { emit progressed(share); });
    connect(&m_thread, &Worker::ended, this, [this](JobId, JobEnd end, const QString& message) {
        if (end == JobEnd::Failed) emit failed(message);
    });
    m_thread.submit(tr("Reading %1").arg(name()), [this](WorkerContext& context) {
        const auto& control = context.control;
        m_reader = std::make_shared<video::FrameReader>(
            m_path.toStdString(), video::Pass{control.stop, [&](double share) { control.report({}, share); }});
        auto facts = std::make_shared<VideoFacts>();
        facts->size = {m_reader->size().width, m_reader->size().height};
        facts->framesPerSecond = m_reader->framesPerSecond();
        facts->duration = m_reader->seconds();
        for (std::int64_t index = 0; index < m_reader->count(); ++index)
            facts->seconds.push_back(m_reader->secondsOf(index));
        emit scanned(facts);
    });
}

OpenVideo::~OpenVideo() { m_thread.shutDown(); }

QString OpenVideo::name() const { return QFileInfo(m_path).fileName(); }

void OpenVideo::request(qint64 index) {
    m_wanted = index;
    if (m_frameJob != 0) m_thread.stop(m_frameJob);
    m_frameJob = m_thread.submit({}, [this, index](WorkerContext& context) {
        emit decoded(index, std::make_shared<const PicturePyramid>(engine::PictureHandle::of(m_reader->frame(index)),
                                                                   context.control.stop));
    });
}

void OpenVideo::makeThumbnails(int wanted) {
    m_thread.submit({}, [this, wanted](WorkerContext&) {
        for (const auto index : video::uniformFrames(*m_reader, wanted)) {
            // One job each, so that a frame that is asked for meanwhile comes in between.
            m_thread.submit({}, [this, index](WorkerContext& context) {
                const PicturePyramid frame(engine::PictureHandle::of(m_reader->frame(index)), context.control.stop);
                emit thumbnailReady(index, frame.thumbnail());
            });
        }
    });
}

void OpenVideo::mark(qint64 index, const QString& sampler) {
    m_thread.submit({}, [this, index, sampler](WorkerContext&) {
        const auto png = image::encodePng(m_reader->frame(index).view());
        MarkedFrame frame;
        frame.png = QByteArray(reinterpret_cast<const char*>(png.data()), qsizetype(png.size()));
        frame.origin = {{}, m_path, index, m_reader->secondsOf(index), m_reader->seconds(), sampler};
        emit marked(frame);
    });
}

void OpenVideo::choose(const Sampling& sampling) {
    if (m_choiceJob != 0) m_thread.stop(m_choiceJob);
    m_choiceJob = m_thread.submit(tr("Choosing frames"), [this, sampling](WorkerContext& context) {
        const auto& control = context.control;
        const video::Pass pass{control.stop, [&](double share) { control.report({}, share); }};
        std::vector<std::int64_t> frames;
        switch (sampling.kind) {
            case Sampling::Kind::Uniform: frames = video::uniformFrames(*m_reader, int(sampling.value)); break;
            case Sampling::Kind::Every: frames = video::framesEvery(*m_reader, sampling.value); break;
            case Sampling::Kind::Scenes: frames = video::sceneFrames(*m_reader, sampling.value, pass); break;
        }
        emit chosen(sampling, {frames.begin(), frames.end()});
    });
}

}  // namespace fusionscope::ui
