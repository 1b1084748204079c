#pragma once

#include <QImage>
#include <QObject>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "core/decoding/video_process.h"
#include "ui/common/video_frames.h"
#include "ui/media/picture_pyramid.h"
#include "ui/worker/worker.h"

namespace fusionscope::ui {

using decoding::VideoFacts;
using decoding::Sampling;

/// A frame as a picture file, and where it comes from.
struct MarkedFrame {
    QByteArray png;
    VideoFrame origin;
};

/// A video that a process of its own decodes, watched by a thread of its own: stepping never waits for pictures being
/// read, and the window never waits for a decoder.
class OpenVideo : public QObject {
    Q_OBJECT

  public:
    /// Begins to read; ready() or failed() follows.
    explicit OpenVideo(const QString& path, QObject* parent = nullptr);
    ~OpenVideo() override;

    const QString& path() const { return m_path; }
    QString name() const;
    /// Null before ready().
    const std::shared_ptr<const VideoFacts>& facts() const { return m_facts; }
    /// Nothing is being read.
    bool isIdle() const { return m_thread.isIdle(); }
    /// frameReady() follows, unless another frame is asked for before.
    void request(qint64 index);
    /// thumbnailReady() follows for evenly spread frames.
    void makeThumbnails(int wanted);
    /// marked() follows. @param sampler by which it was chosen; empty: by hand
    void mark(qint64 index, const QString& sampler = {});
    /// chosen() follows, or failed().
    void choose(const Sampling& sampling);

  signals:
    void progressed(double share);
    void ready();
    /// @param message the sentence to show. @param isOver the decoder has gone: nothing more comes of this video
    void failed(const QString& message, bool isOver);
    void frameReady(qint64 index, std::shared_ptr<const fusionscope::ui::PicturePyramid> frame);
    void thumbnailReady(qint64 index, const QImage& thumbnail);
    void marked(const fusionscope::ui::MarkedFrame& frame);
    /// @param changes of scenes: from each frame of the video to the one after it
    void chosen(const fusionscope::decoding::Sampling& sampling, const std::vector<qint64>& frames,
                const std::vector<double>& changes);
    /// From the video's thread, queued to this object.
    void scanned(std::shared_ptr<const fusionscope::decoding::VideoFacts> facts);
    void broken(const QString& message, bool isOver);
    void decoded(qint64 index, std::shared_ptr<const fusionscope::ui::PicturePyramid> frame);

  private:
    using Decode = std::function<void(decoding::VideoProcess& decoder, const engine::Control& control)>;
    JobId submit(const QString& title, const Decode& work);

    QString m_path;
    std::shared_ptr<const VideoFacts> m_facts;
    std::unique_ptr<decoding::VideoProcess> m_decoder;  // only the thread touches it
    std::stop_source m_closing;                         // ends the decoder, whatever it is doing
    JobId m_frameJob = 0;
    qint64 m_wanted = -1;
    Worker m_thread;  // goes first
};

}  // namespace fusionscope::ui
