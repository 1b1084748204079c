#pragma once

#include <QTimer>
#include <QWidget>
#include <memory>

class QLabel;
class QSlider;
class QToolButton;

namespace fusionscope::ui {

class OpenVideo;
class PicturePyramid;
class VideoStrip;
struct Workspace;

/// The controls of a video: thumbnails along time, exact stepping, playing, marking. Marked frames become pictures.
/// Hidden while no video is open.
class VideoBar : public QWidget {
    Q_OBJECT

  public:
    explicit VideoBar(Workspace& workspace, QWidget* parent = nullptr);
    ~VideoBar() override;

    void open(const QString& path);
    void close();
    /// Frames can be shown.
    bool isReady() const;
    const OpenVideo* video() const { return m_video.get(); }
    qint64 position() const { return m_position; }
    /// Stops playing and shows a frame, moved into the video.
    void seek(qint64 index);
    void step(int frames) { seek(m_position + frames); }
    void playOrPause();
    /// Makes the frame a picture.
    void mark();

  signals:
    /// A frame to look at.
    void frameReady(std::shared_ptr<const fusionscope::ui::PicturePyramid> frame);
    void failed(const QString& message);
    /// Opened, closed, ready.
    void changed();

  private:
    void showFrame(qint64 index);
    void follow();

    Workspace& m_workspace;
    std::unique_ptr<OpenVideo> m_video;
    qint64 m_position = 0;
    bool m_waits = false;  // for a frame that was asked for
    QTimer m_clock;        // while playing
    VideoStrip* m_strip;
    QSlider* m_slider;
    QLabel* m_time;
    QToolButton* m_play;
};

}  // namespace fusionscope::ui
