#include "ui/media/video_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/common/icons.h"
#include "ui/common/workspace.h"
#include "ui/media/open_video.h"
#include "ui/media/video_strip.h"

namespace fusionscope::ui {

namespace {

constexpr int thumbnails = 12;

QString timeAndFrame(double seconds, qint64 frame) {
    return VideoBar::tr("%1 · frame %2").arg(timeText(seconds)).arg(frame);
}

}  // namespace

VideoBar::VideoBar(Workspace& workspace, QWidget* parent)
    : QWidget(parent), m_workspace(workspace), m_strip(new VideoStrip), m_slider(new QSlider(Qt::Horizontal)),
      m_time(new QLabel) {
    const auto button = [this](const char* name, const QString& tip, const std::function<void()>& run) {
        auto* result = new QToolButton;
        result->setIcon(icon(name));
        result->setAutoRaise(true);
        result->setToolTip(tip);
        result->setAccessibleName(tip);
        connect(result, &QToolButton::clicked, this, run);
        return result;
    };
    m_slider->setAccessibleName(tr("Frame of the video"));
    m_time->setForegroundRole(QPalette::PlaceholderText);
    auto* line = new QHBoxLayout;
    line->setSpacing(2);
    line->addWidget(button("chevron-left", tr("One frame back (,)"), [this] { step(-1); }));
    m_play = button("play", tr("Play or pause (K)"), [this] { playOrPause(); });
    line->addWidget(m_play);
    line->addWidget(button("chevron-right", tr("One frame on (.)"), [this] { step(1); }));
    line->addSpacing(8);
    line->addWidget(m_slider, 1);
    line->addSpacing(8);
    line->addWidget(m_time);
    line->addSpacing(8);
    line->addWidget(button("bookmark", tr("Mark the frame: it becomes a picture (S)"), [this] { mark(); }));
    line->addWidget(button("x", tr("Close the video"), [this] { close(); }));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 4, 8, 4);
    layout->setSpacing(4);
    layout->addWidget(m_strip);
    layout->addLayout(line);
    connect(m_slider, &QSlider::valueChanged, this, [this](int value) {
        if (value != m_position) seek(value);
    });
    connect(m_strip, &VideoStrip::sought, this, &VideoBar::seek);
    connect(&m_clock, &QTimer::timeout, this, [this] {
        if (m_waits) return;  // a slow decoder plays slowly and leaves nothing out
        if (m_position + 1 >= qint64(m_video->facts()->seconds.size())) return playOrPause();
        showFrame(m_position + 1);
    });
    hide();
}

VideoBar::~VideoBar() = default;

bool VideoBar::isReady() const { return m_video && m_video->facts(); }

void VideoBar::open(const QString& path) {
    close();
    m_video = std::make_unique<OpenVideo>(path);
    auto* video = m_video.get();
    m_time->setText(tr("reading"));
    m_strip->begin(1);
    connect(video, &OpenVideo::progressed, this, [this](double share) {
        if (!isReady()) m_time->setText(tr("reading %1 %").arg(int(share * 100)));
    });
    connect(video, &OpenVideo::ready, this, &VideoBar::follow);
    connect(video, &OpenVideo::failed, this, [this, video](const QString& message) {
        emit failed(message);
        m_waits = false;
        if (m_video.get() == video && !isReady()) close();
    }, Qt::QueuedConnection);  // closing deletes who said so
    connect(video, &OpenVideo::thumbnailReady, m_strip, &VideoStrip::addThumbnail);
    connect(video, &OpenVideo::frameReady, this, [this](qint64, const std::shared_ptr<const PicturePyramid>& frame) {
        m_waits = false;
        emit frameReady(frame);
    });
    connect(video, &OpenVideo::marked, this, [this](const MarkedFrame& frame) {
        m_workspace.pictures.open(frame.png, m_video->name() + ' ' + timeText(frame.seconds),
                                  {{"video", m_video->path().toStdString()},
                                   {"seconds", frame.seconds},
                                   {"frame", frame.index}});
    });
    setVisible(true);
    emit changed();
}

void VideoBar::close() {
    m_clock.stop();
    m_waits = false;
    m_video.reset();
    hide();
    emit changed();
}

void VideoBar::follow() {
    const auto& facts = *m_video->facts();
    m_position = 0;
    m_strip->begin(qint64(facts.seconds.size()));
    m_slider->setRange(0, int(facts.seconds.size()) - 1);
    m_slider->setPageStep(std::max(1, int(std::lround(facts.framesPerSecond))));
    m_time->setMinimumWidth(fontMetrics().horizontalAdvance(timeAndFrame(facts.seconds.back(), m_slider->maximum())) + 8);
    showFrame(0);
    m_video->makeThumbnails(thumbnails);
    emit changed();
}

void VideoBar::showFrame(qint64 index) {
    m_position = index;
    m_waits = true;
    m_slider->setValue(int(index));
    m_strip->setPosition(index);
    m_time->setText(timeAndFrame(m_video->facts()->seconds[size_t(index)], index));
    m_video->request(index);
}

void VideoBar::seek(qint64 index) {
    if (!isReady()) return;
    if (m_clock.isActive()) playOrPause();
    showFrame(std::clamp<qint64>(index, 0, qint64(m_video->facts()->seconds.size()) - 1));
}

void VideoBar::playOrPause() {
    if (!isReady()) return;
    if (m_clock.isActive())
        m_clock.stop();
    else
        m_clock.start(int(std::lround(1000 / m_video->facts()->framesPerSecond)));
    m_play->setIcon(icon(m_clock.isActive() ? "pause" : "play"));
}

void VideoBar::mark() {
    if (!isReady()) return;
    m_strip->addMark(m_position);
    m_video->mark(m_position);
}

}  // namespace fusionscope::ui
