#pragma once

#include <QImage>
#include <QObject>
#include <memory>
#include <vector>

#include "ui/common/video_frames.h"
#include "ui/media/picture_pyramid.h"
#include "ui/worker/worker.h"

namespace fusionscope::video {
class FrameReader;
}

namespace fusionscope::ui {

/// What the window needs to know of a video.
struct VideoFacts {
    QSize size;
    std::vector<double> seconds;  ///< when each frame is shown; never empty
    double framesPerSecond = 0;
    double duration = 0;          ///< in seconds
};

/// A frame as a picture file, and where it comes from.
struct MarkedFrame {
    QByteArray png;
    VideoFrame origin;
};

/// Which frames of a video to look at.
struct Sampling {
    enum class Kind { Uniform, Every, Scenes } kind = Kind::Uniform;
    double value = 8;  ///< frames, seconds between two of them, or the change that begins a scene (0 to 1)
    /// "uniform 8", "every 2.5 s", "scenes 0.15": as a marked frame keeps it.
    QString text() const;
};

/// A video with a thread of its own, so that stepping never waits for pictures being read.
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
    /// @param message the sentence to show
    void failed(const QString& message);
    void frameReady(qint64 index, std::shared_ptr<const fusionscope::ui::PicturePyramid> frame);
    void thumbnailReady(qint64 index, const QImage& thumbnail);
    void marked(const fusionscope::ui::MarkedFrame& frame);
    void chosen(const fusionscope::ui::Sampling& sampling, const std::vector<qint64>& frames);
    /// From the video's thread, queued to this object.
    void scanned(std::shared_ptr<const fusionscope::ui::VideoFacts> facts);
    void decoded(qint64 index, std::shared_ptr<const fusionscope::ui::PicturePyramid> frame);

  private:
    QString m_path;
    std::shared_ptr<const VideoFacts> m_facts;
    std::shared_ptr<video::FrameReader> m_reader;  // only the thread touches it
    JobId m_frameJob = 0, m_choiceJob = 0;
    qint64 m_wanted = -1;
    Worker m_thread;  // goes first
};

}  // namespace fusionscope::ui
