#include "ui/media/video_bar.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/common/icons.h"
#include "ui/common/text_sizes.h"
#include "ui/common/workspace.h"
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
    line->addWidget(button("bookmark", tr("Mark the frame, or take it back: it becomes a picture (S)"), [this] { mark(); }));
    line->addWidget(button("x", tr("Close the video"), [this] { close(); }));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 4, 8, 4);
    layout->setSpacing(4);
    layout->addWidget(m_strip);
    layout->addLayout(line);
    layout->addWidget(makeChoice());
    connect(m_slider, &QSlider::valueChanged, this, [this](int value) {
        if (value != m_position) seek(value);
    });
    connect(m_strip, &VideoStrip::sought, this, &VideoBar::seek);
    connect(&m_clock, &QTimer::timeout, this, [this] {
        if (m_waits) return;  // a slow decoder plays slowly and leaves nothing out
        if (m_position + 1 >= qint64(m_video->facts()->seconds.size())) return playOrPause();
        showFrame(m_position + 1);
    });
    for (const auto changed : {&Pictures::opened, &Pictures::closed})
        connect(&workspace.pictures, changed, this, &VideoBar::showMarks);
    connect(&workspace.selection, &Selection::pictureChanged, this, [this](const QString& hash) {
        const auto picture = m_workspace.pictures.find(hash);
        const auto frame = picture ? frameFrom(picture->origin, hash) : std::nullopt;
        if (isReady() && frame && frame->video == m_video->path() && frame->index < m_slider->maximum() + 1)
            showPosition(frame->index);
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
    connect(video, &OpenVideo::failed, this, [this, video](const QString& message, bool isOver) {
        if (m_video.get() != video) return;
        emit failed(message);
        m_waits = false;
        m_choose->setEnabled(true);
        isOver ? close() : showMarks();
    }, Qt::QueuedConnection);  // closing deletes who said so
    connect(video, &OpenVideo::thumbnailReady, m_strip, &VideoStrip::addThumbnail);
    connect(video, &OpenVideo::frameReady, this, [this](qint64, const std::shared_ptr<const PicturePyramid>& frame) {
        m_waits = false;
        emit frameReady(frame);
    });
    connect(video, &OpenVideo::marked, this, [this](const MarkedFrame& frame) {
        m_workspace.pictures.open(frame.png, m_video->name() + ' ' + timeText(frame.origin.seconds),
                                  originOf(frame.origin));
    });
    connect(video, &OpenVideo::chosen, this,
            [this](const Sampling& sampling, const std::vector<qint64>& frames, const std::vector<double>& changes) {
        m_strip->setChanges(changes, sampling.value);
        markAll(sampling, frames);
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
    showMarks();
    emit changed();
}

void VideoBar::showFrame(qint64 index) {
    m_waits = true;
    showPosition(index);
    m_video->request(index);
}

void VideoBar::showPosition(qint64 index) {
    m_position = index;
    m_slider->setValue(int(index));
    m_strip->setPosition(index);
    m_time->setText(timeAndFrame(m_video->facts()->seconds[size_t(index)], index));
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
    const auto frames = framesOf(m_workspace.pictures, m_video->path());
    const auto marked = std::ranges::find(frames, m_position, &VideoFrame::index);
    if (marked == frames.end())
        m_video->mark(m_position);
    else
        m_workspace.pictures.close(marked->picture);
}

QWidget* VideoBar::makeChoice() {
    m_rule = new QComboBox;
    m_rule->setAccessibleName(tr("How frames are chosen"));
    m_rule->setMinimumWidth(fontMetrics().averageCharWidth() * 12);  // cut before the panels beside it are squeezed
    m_rule->addItems({tr("evenly spread"), tr("every"), tr("where scenes change by")});
    m_value = new QDoubleSpinBox;
    m_choose = new QPushButton(tr("Mark frames"));
    m_choose->setToolTip(tr("Marks frames by this rule: they become pictures and go with the next question"));
    m_marks = new QLabel;
    m_marks->setForegroundRole(QPalette::PlaceholderText);
    m_clear = new QToolButton;
    m_clear->setText(tr("Take back"));
    m_clear->setAutoRaise(true);
    m_clear->setAccessibleName(tr("Take all marks back"));
    m_clear->setToolTip(m_clear->accessibleName());
    m_clear->setFocusPolicy(Qt::StrongFocus);
    auto* panel = new QWidget;
    auto* line = new QHBoxLayout(panel);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(8);
    for (auto* widget : std::initializer_list<QWidget*>{m_rule, m_value, m_choose}) line->addWidget(widget);
    line->addStretch(1);
    line->addWidget(m_marks);
    line->addWidget(m_clear);
    for (auto* widget : panel->findChildren<QWidget*>()) widget->setFont(textFont(TextSize::Small));
    connect(m_rule, &QComboBox::currentIndexChanged, this, &VideoBar::fitChoice);
    connect(m_value, &QDoubleSpinBox::valueChanged, this,
            [this](double value) { m_values[size_t(m_rule->currentIndex())] = value; });
    connect(m_choose, &QPushButton::clicked, this, [this] { choose(choice()); });
    connect(m_clear, &QToolButton::clicked, this, [this] { takeBack([](const VideoFrame&) { return true; }); });
    fitChoice();
    return panel;
}

/// The number beside the rule is what the rule takes.
void VideoBar::fitChoice() {
    struct Number {
        QString suffix, name;
        double low, high, step;
        int decimals;
    };
    const Number numbers[] = {{tr(" frames"), tr("Frames"), 1, mostMarks, 1, 0},
                              {tr(" s"), tr("Seconds between two frames"), 0.1, 3600, 1, 1},
                              {{}, tr("Change of the picture that begins a scene, 0 to 1"), 0.01, 1, 0.05, 2}};
    const auto& number = numbers[m_rule->currentIndex()];
    const double value = m_values[size_t(m_rule->currentIndex())];
    const QSignalBlocker quiet(m_value);
    m_value->setDecimals(number.decimals);
    m_value->setRange(number.low, number.high);
    m_value->setSingleStep(number.step);
    m_value->setSuffix(number.suffix);
    m_value->setAccessibleName(number.name);
    m_value->setToolTip(number.name);
    m_value->setValue(value);
}

Sampling VideoBar::choice() const {
    return {static_cast<Sampling::Kind>(m_rule->currentIndex()), m_value->value()};
}

void VideoBar::choose(const Sampling& sampling) {
    if (!isReady()) return;
    m_choose->setEnabled(false);
    m_marks->setText(tr("choosing"));
    m_video->choose(sampling);
}

void VideoBar::markAll(const Sampling& sampling, const std::vector<qint64>& frames) {
    m_choose->setEnabled(true);
    if (int(frames.size()) > mostMarks) {
        showMarks();
        return emit failed(tr("This rule marks %n frame(s); at most %1 can be marked. Choose a longer time or a larger "
                              "change.", nullptr, int(frames.size())).arg(mostMarks));
    }
    const auto isWanted = [&](qint64 index) { return std::ranges::find(frames, index) != frames.end(); };
    takeBack([&](const VideoFrame& frame) { return !frame.sampler.isEmpty() && !isWanted(frame.index); });
    const auto open = framesOf(m_workspace.pictures, m_video->path());
    for (const auto index : frames)
        if (std::ranges::find(open, index, &VideoFrame::index) == open.end()) m_video->mark(index, QString::fromStdString(decoding::textOf(sampling)));
    showMarks();
}

void VideoBar::takeBack(const std::function<bool(const VideoFrame&)>& which) {
    if (!isReady()) return;
    for (const auto& frame : framesOf(m_workspace.pictures, m_video->path()))
        if (which(frame)) m_workspace.pictures.close(frame.picture);
}

void VideoBar::showMarks() {
    QSet<qint64> marks;
    if (isReady())
        for (const auto& frame : framesOf(m_workspace.pictures, m_video->path())) marks.insert(frame.index);
    m_strip->setMarks(marks);
    m_marks->setText(tr("%n marked", nullptr, int(marks.size())));
    m_clear->setEnabled(!marks.isEmpty());
}

}  // namespace fusionscope::ui
