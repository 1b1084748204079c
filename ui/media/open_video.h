#pragma once

#include <QImage>
#include <QObject>
#include <memory>
#include <vector>

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
};

/// A frame that was marked: a picture file, and where it comes from.
struct MarkedFrame {
    QByteArray png;
    qint64 index = 0;
    double seconds = 0;
};

/// "00:12.40", with hours in front when there are any.
QString timeText(double seconds);

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
    /// marked() follows.
    void mark(qint64 index);

  signals:
    void progressed(double share);
    void ready();
    /// @param message the sentence to show
    void failed(const QString& message);
    void frameReady(qint64 index, std::shared_ptr<const fusionscope::ui::PicturePyramid> frame);
    void thumbnailReady(qint64 index, const QImage& thumbnail);
    void marked(const fusionscope::ui::MarkedFrame& frame);
    /// From the video's thread, queued to this object.
    void scanned(std::shared_ptr<const fusionscope::ui::VideoFacts> facts);
    void decoded(qint64 index, std::shared_ptr<const fusionscope::ui::PicturePyramid> frame);

  private:
    QString m_path;
    std::shared_ptr<const VideoFacts> m_facts;
    std::shared_ptr<video::FrameReader> m_reader;  // only the thread touches it
    JobId m_frameJob = 0;
    qint64 m_wanted = -1;
    Worker m_thread;  // goes first
};

}  // namespace fusionscope::ui
