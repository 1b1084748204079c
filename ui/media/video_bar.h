#pragma once

#include <QTimer>
#include <QWidget>
#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "ui/media/open_video.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QSlider;
class QToolButton;

namespace fusionscope::ui {

class VideoStrip;
struct Workspace;

/// The controls of a video: thumbnails along time, exact stepping, playing, marking by hand or by a rule. Marked frames
/// become pictures. Hidden while no video is open.
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
    /// Makes the frame a picture, or takes it back.
    void mark();
    /// Marks frames by a rule, instead of those that were marked so before.
    void choose(const Sampling& sampling);
    /// Of one video; more would be no help to anybody.
    static constexpr int mostMarks = 64;

  signals:
    /// A frame to look at.
    void frameReady(std::shared_ptr<const fusionscope::ui::PicturePyramid> frame);
    void failed(const QString& message);
    /// Opened, closed, ready.
    void changed();

  private:
    QWidget* makeChoice();
    void fitChoice();
    Sampling choice() const;
    void markAll(const Sampling& sampling, const std::vector<qint64>& frames);
    void takeBack(const std::function<bool(const VideoFrame&)>& which);
    void showMarks();
    void showFrame(qint64 index);
    void showPosition(qint64 index);
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
    QComboBox* m_rule;
    QDoubleSpinBox* m_value;
    QPushButton* m_choose;
    QLabel* m_marks;
    QToolButton* m_clear;
    std::array<double, 3> m_values{8, 2, 0.3};  // of each rule, as it was last
};

}  // namespace fusionscope::ui
