#include "ui/media/open_video.h"

#include <QFileInfo>
#include <future>

#include "core/files/error.h"
#include "core/image/decode.h"

namespace fusionscope::ui {

OpenVideo::OpenVideo(const QString& path, QObject* parent)
    : QObject(parent), m_path(QFileInfo(path).absoluteFilePath()) {
    connect(this, &OpenVideo::scanned, this, [this](const std::shared_ptr<const VideoFacts>& facts) {
        m_facts = facts;
        emit ready();
    }, Qt::QueuedConnection);
    connect(this, &OpenVideo::decoded, this, [this](qint64 index, const std::shared_ptr<const PicturePyramid>& frame) {
        if (index == m_wanted) emit frameReady(index, frame);
    }, Qt::QueuedConnection);
    connect(this, &OpenVideo::broken, this, &OpenVideo::failed, Qt::QueuedConnection);
    connect(&m_thread, &Worker::progressed, this,
            [this](JobId, const QString&, double share) { emit progressed(share); });
    m_thread.submit(tr("Reading %1").arg(name()), [this](WorkerContext& context) {
        try {
            m_decoder = std::make_unique<decoding::VideoProcess>(
                m_path.toStdString(), m_closing.get_token(),
                [&control = context.control](double share) { control.report({}, share); });
            emit scanned(std::make_shared<const VideoFacts>(m_decoder->facts()));
        } catch (const Error& error) {
            emit broken(QString::fromUtf8(error.what()), true);
        }
    });
}

OpenVideo::~OpenVideo() {
    m_closing.request_stop();
    m_thread.stopAll();
    // The process belongs to the thread that made it.
    std::promise<void> gone;
    m_thread.submit({}, [&](WorkerContext&) {
        m_decoder.reset();
        gone.set_value();
    });
    gone.get_future().wait();
    m_thread.shutDown();
}

QString OpenVideo::name() const { return QFileInfo(m_path).fileName(); }

JobId OpenVideo::submit(const QString& title, const Decode& work) {
    return m_thread.submit(title, [this, work](WorkerContext& context) {
        if (!m_decoder) return;
        const bool wasAlive = m_decoder->isAlive();
        try {
            work(*m_decoder, context.control);
        } catch (const Error& error) {
            if (wasAlive) emit broken(QString::fromUtf8(error.what()), !m_decoder->isAlive());
        }
    });
}

void OpenVideo::request(qint64 index) {
    m_wanted = index;
    if (m_frameJob != 0) m_thread.stop(m_frameJob);
    m_frameJob = submit({}, [this, index](decoding::VideoProcess& decoder, const engine::Control& control) {
        emit decoded(index, std::make_shared<const PicturePyramid>(engine::PictureHandle::of(decoder.frame(index)), control.stop));
    });
}

void OpenVideo::makeThumbnails(int wanted) {
    submit({}, [this, wanted](decoding::VideoProcess& chooser, const engine::Control&) {
        for (const auto index : chooser.choose({Sampling::Kind::Uniform, double(wanted)}).frames)
            // One job each, so that a frame that is asked for meanwhile comes in between.
            submit({}, [this, index](decoding::VideoProcess& decoder, const engine::Control& control) {
                const PicturePyramid frame(engine::PictureHandle::of(decoder.frame(index)), control.stop);
                emit thumbnailReady(index, frame.thumbnail());
            });
    });
}

void OpenVideo::mark(qint64 index, const QString& sampler) {
    submit({}, [this, index, sampler](decoding::VideoProcess& decoder, const engine::Control&) {
        const auto png = image::encodePng(decoder.frame(index).view());
        const auto& facts = decoder.facts();
        MarkedFrame frame;
        frame.png = QByteArray(reinterpret_cast<const char*>(png.data()), qsizetype(png.size()));
        frame.origin = {{}, m_path, index, facts.seconds.at(size_t(index)), facts.duration, sampler};
        emit marked(frame);
    });
}

void OpenVideo::choose(const Sampling& sampling) {
    submit(tr("Choosing frames"), [this, sampling](decoding::VideoProcess& decoder, const engine::Control& control) {
        const auto choice = decoder.choose(sampling, [&control](double share) { control.report({}, share); });
        emit chosen(sampling, {choice.frames.begin(), choice.frames.end()}, choice.changes);
    });
}

}  // namespace fusionscope::ui
