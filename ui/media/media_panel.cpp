#include "ui/media/media_panel.h"

#include <QActionGroup>
#include <QDragEnterEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMimeData>
#include <QPushButton>
#include <QSlider>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>
#include <utility>

#include "ui/common/icons.h"
#include "ui/common/workspace.h"
#include "ui/media/notice_bar.h"
#include "ui/media/open_pictures_model.h"
#include "ui/media/picture_intake.h"
#include "ui/media/picture_strip.h"
#include "ui/media/picture_view.h"
#include "ui/media/prepared_pictures.h"
#include "ui/media/seen_pictures.h"
#include "ui/media/video_bar.h"

namespace fusionscope::ui {

namespace {

/// In a narrower panel the picture's name needs the room.
constexpr int widthWithSize = 520;  // of the header with a map's controls
constexpr int widthWithSizeAlone = 400;

/// A label whose text may be cut instead of widening the window.
QLabel* yieldingLabel() {
    auto* label = new QLabel;
    label->setTextFormat(Qt::PlainText);
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    return label;
}

QLabel* mutedLabel() {
    auto* label = new QLabel;
    label->setTextFormat(Qt::PlainText);
    label->setForegroundRole(QPalette::PlaceholderText);
    return label;
}

QToolButton* buttonOf(QAction* action) {
    auto* button = new QToolButton;
    button->setDefaultAction(action);
    button->setAutoRaise(true);
    button->setAccessibleName(action->text().remove('&'));
    return button;
}

/// The rows and columns of the map that a person looks at, else of what reaches the language model.
std::optional<std::pair<int, int>> gridSize(const ModelFacts& facts, const QString& map) {
    const models::ActivationInfo* chosen = nullptr;
    for (const auto& activation : facts.activations) {
        if (!activation.isMap || activation.shape.size() < 2) continue;
        const bool named = QString::fromStdString(activation.name) == map;
        if (named || !chosen || activation.reachesLanguageModel) chosen = &activation;
        if (named) break;
    }
    if (!chosen || chosen->shape[0] < 1 || chosen->shape[1] < 1) return std::nullopt;
    return std::pair(int(chosen->shape[0]), int(chosen->shape[1]));
}

image::PictureTransform identityOf(image::Size size) { return {size, size, 1, 1, 0, 0}; }

}  // namespace

MediaPanel::MediaPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent),
      m_workspace(workspace),
      m_prepared(new PreparedPictures(workspace, this)),
      m_seen(new SeenPictures(workspace, this)),
      m_intake(new PictureIntake(workspace, this)),
      m_model(new OpenPicturesModel(workspace, *m_prepared, this)),
      m_pages(new QStackedWidget),
      m_view(new PictureView(workspace)),
      m_strip(new PictureStrip(*m_model, workspace.selection)),
      m_notice(new NoticeBar(m_pages)),
      m_video(new VideoBar(workspace)),
      m_tools(new QActionGroup(this)) {
    setAcceptDrops(true);
    addCommands();
    m_pages->addWidget(makeEmptyPage());
    m_pages->addWidget(m_view);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(makeHeader());
    layout->addWidget(m_pages, 1);
    layout->addWidget(m_video);
    layout->addWidget(makeStatusLine());
    layout->addWidget(m_strip);

    connect(&workspace.selection, &Selection::pictureChanged, &workspace.regions, &Regions::lookAt);
    connect(&workspace.selection, &Selection::pictureChanged, this, &MediaPanel::leaveVideo);
    connect(&workspace.selection, &Selection::mapChanged, this, &MediaPanel::refreshGrid);
    connect(&workspace.overlays, &Overlays::changed, this, &MediaPanel::refreshOverlay);
    connect(&workspace.overlays, &Overlays::opacityChanged, this, &MediaPanel::refreshOverlay);
    connect(&workspace.regions, &Regions::changed, this, &MediaPanel::refreshCommands);
    connect(&workspace.selection, &Selection::placesChanged, this, &MediaPanel::refreshCommands);
    connect(&workspace.model, &CurrentModel::changed, this, &MediaPanel::refresh);
    connect(&workspace.pictures, &Pictures::failed, this,
            [this](const QString&, const QString& message) { say(message); });
    connect(&workspace.pictures, &Pictures::closed, this, [this](const QString& hash) {
        if (hash == m_workspace.selection.picture()) {
            m_workspace.selection.setPicture(m_workspace.pictures.order().value(m_workspace.pictures.order().size() - 1));
            m_video->seek(m_video->position());
        }
        refresh();
    });
    connect(m_intake, &PictureIntake::notice, this, &MediaPanel::say);
    connect(m_intake, &PictureIntake::othersFound, this, &MediaPanel::othersGiven);
    connect(m_intake, &PictureIntake::arrived, this, [this](const QString& hash, bool leads) {
        if (leads) {
            m_workspace.selection.setPicture(hash);
            m_frame.reset();
        }
        refresh();
    });
    connect(m_intake, &PictureIntake::videoFound, m_video, &VideoBar::open);
    connect(m_video, &VideoBar::failed, this, &MediaPanel::say);
    connect(m_video, &VideoBar::frameReady, this, [this](const std::shared_ptr<const PicturePyramid>& frame) {
        m_frame = frame;
        refresh();
    });
    connect(m_video, &VideoBar::changed, this, &MediaPanel::leaveVideo);
    connect(m_video, &VideoBar::changed, this, [this] {
        if (m_framesToMark > 0 && m_video->isReady())
            m_video->choose({Sampling::Kind::Uniform, double(std::exchange(m_framesToMark, 0))});
    });
    connect(m_prepared, &PreparedPictures::prepared, this, &MediaPanel::refresh);
    connect(m_seen, &SeenPictures::ready, this, &MediaPanel::refresh);
    connect(m_seen, &SeenPictures::failed, this, [this](const QString&, const QString& message) {
        if (!message.isEmpty() && m_seenAction->isChecked()) say(message);
    });
    // The picture that is selected already may be wanted back from behind a video's frame.
    connect(m_strip, &PictureStrip::clicked, this, &MediaPanel::leaveVideo);
    connect(m_strip, &PictureStrip::activated, this, &MediaPanel::leaveVideo);
    connect(m_strip, &PictureStrip::closeRequested, this, &MediaPanel::closePicture);
    connect(m_view, &PictureView::readingChanged, m_reading, &QLabel::setText);
    connect(m_view, &PictureView::zoomChanged, this, [this](double zoom) {
        const auto percent = QLocale().toString(zoom * 100, 'f', zoom < 0.095 ? 1 : 0);
        m_zoomAction->setText(zoom > 0 ? tr("%1 %").arg(percent) : QString());
    });
    connect(m_view, &PictureView::toolChanged, this, [this](Tool tool) {
        for (auto* action : m_tools->actions()) action->setChecked(action->data().toInt() == int(tool));
    });
    refresh();
}

MediaPanel::~MediaPanel() = default;

QWidget* MediaPanel::makeHeader() {
    m_name = new QLabel;
    m_name->setTextFormat(Qt::PlainText);
    auto bold = m_name->font();
    bold.setWeight(QFont::DemiBold);
    m_name->setFont(bold);
    m_size = mutedLabel();
    m_overlayName = mutedLabel();
    for (auto* label : {m_size, m_overlayName}) label->setMinimumWidth(1);  // cut in a narrow panel
    m_opacityText = mutedLabel();
    m_opacityText->setFixedWidth(fontMetrics().horizontalAdvance("100 %") + 4);
    m_opacity = new QSlider(Qt::Horizontal);
    m_opacity->setRange(0, 100);
    m_opacity->setPageStep(10);
    m_opacity->setMinimumWidth(48);
    m_opacity->setMaximumWidth(96);
    m_opacity->setAccessibleName(tr("Opacity of the map over the picture"));
    connect(m_opacity, &QSlider::valueChanged, this,
            [this](int value) { m_workspace.overlays.setOpacity(value / 100.0); });
    auto* remove = new QToolButton;
    remove->setIcon(icon("x"));
    remove->setAutoRaise(true);
    remove->setToolTip(tr("Take the map off the picture"));
    remove->setAccessibleName(remove->toolTip());
    connect(remove, &QToolButton::clicked, this,
            [this] { m_workspace.overlays.setMap(m_workspace.selection.picture(), {}); });
    m_overlayControls = {m_overlayName, m_opacity, m_opacityText, remove};
    auto* seen = new QPushButton(tr("as the model sees it   I"));
    seen->setCheckable(true);
    seen->setAccessibleName(tr("Show the picture as the model sees it"));
    connect(seen, &QPushButton::clicked, m_seenAction, &QAction::trigger);
    connect(m_seenAction, &QAction::changed, seen, [this, seen] {
        seen->setChecked(m_seenAction->isChecked());
        seen->setEnabled(m_seenAction->isEnabled());
        seen->setToolTip(m_seenAction->toolTip());
    });
    auto* header = new QWidget;
    auto* layout = new QHBoxLayout(header);
    layout->setContentsMargins(12, 4, 8, 4);
    layout->setSpacing(8);
    layout->addWidget(m_name);
    layout->addWidget(m_size);
    layout->addStretch(1);
    for (auto* control : m_overlayControls) layout->addWidget(control);
    layout->addWidget(seen);
    return header;
}

QWidget* MediaPanel::makeEmptyPage() {
    auto* text = mutedLabel();
    text->setText(tr("Drop a picture here, paste one, or open one with Ctrl+O."));
    text->setWordWrap(true);
    text->setAlignment(Qt::AlignCenter);
    auto* open = new QPushButton(icon("image-plus"), tr("Open pictures…"));
    connect(open, &QPushButton::clicked, this, &MediaPanel::chooseFiles);
    auto* page = new QWidget;
    auto* layout = new QVBoxLayout(page);
    layout->setSpacing(16);
    layout->addStretch();
    layout->addWidget(text);
    layout->addWidget(open, 0, Qt::AlignCenter);
    layout->addStretch();
    return page;
}

QWidget* MediaPanel::makeStatusLine() {
    m_reading = yieldingLabel();
    m_reading->setForegroundRole(QPalette::PlaceholderText);
    m_reading->setAccessibleName(tr("Under the mouse"));
    auto* line = new QWidget;
    auto* layout = new QHBoxLayout(line);
    layout->setContentsMargins(12, 2, 8, 2);
    layout->setSpacing(2);
    layout->addWidget(m_reading, 1);
    for (auto* action : m_tools->actions()) layout->addWidget(buttonOf(action));
    layout->addSpacing(8);
    auto* zoom = buttonOf(m_zoomAction);
    zoom->setMinimumWidth(fontMetrics().horizontalAdvance(tr("%1 %").arg(QLocale().toString(6400))) + 16);
    zoom->setAccessibleName(tr("Zoom"));
    layout->addWidget(zoom);
    return line;
}

void MediaPanel::say(const QString& sentence) {
    if (isVisible())
        m_notice->add(sentence);
    else
        emit said(sentence);
}

bool MediaPanel::isIdle() const { return !m_video->video() || m_video->video()->isIdle(); }

void MediaPanel::open(const QStringList& paths) { m_intake->open(paths); }

void MediaPanel::resizeEvent(QResizeEvent*) { showSize(); }

void MediaPanel::showSize() {
    m_size->setVisible(width() >= (m_overlayName->isHidden() ? widthWithSizeAlone : widthWithSize));
}

void MediaPanel::dragEnterEvent(QDragEnterEvent* event) {
    if (!PictureIntake::accepts(event->mimeData())) return;
    event->setDropAction(Qt::CopyAction);  // never takes the file away from where it lies
    event->accept();
}

void MediaPanel::dropEvent(QDropEvent* event) {
    m_intake->take(event->mimeData());
    event->setDropAction(Qt::CopyAction);
    event->accept();
}

// A copy: the selection, where it may come from, changes first.
void MediaPanel::closePicture(QString hash) {
    const int row = m_model->rowOf(hash);
    if (row < 0) return;
    if (hash == m_workspace.selection.picture())
        m_workspace.selection.setPicture(m_model->hashOf(row + 1 < m_model->rowCount() ? row + 1 : row - 1));
    m_workspace.pictures.close(hash);
}

void MediaPanel::step(int by) {
    const int count = m_model->rowCount();
    if (count == 0) return;
    const int row = m_model->rowOf(m_workspace.selection.picture());
    m_workspace.selection.setPicture(m_model->hashOf(((row + by) % count + count) % count));
}

void MediaPanel::leaveVideo() {
    m_frame.reset();
    refresh();
}

void MediaPanel::showName(const QString& name, const QString& path) {
    m_name->setText(name);
    m_name->setToolTip(path.isEmpty() ? name : path);
    m_name->setMinimumWidth(std::min(m_name->sizeHint().width(), 120));  // a long one is cut before the window grows
}

void MediaPanel::showFrame() {
    m_pages->setCurrentWidget(m_view);
    showName(m_video->video()->name(), m_video->video()->path());
    m_size->setText(tr("%1 × %2").arg(m_frame->size().width()).arg(m_frame->size().height()));
    m_view->setShown({}, m_frame, std::nullopt);
    refreshCommands();
}

void MediaPanel::refresh() {
    m_strip->setVisible(m_model->rowCount() > 1);
    if (m_frame) return showFrame();
    const auto hash = m_workspace.selection.picture();
    const auto picture = m_workspace.pictures.find(hash);
    m_pages->setCurrentIndex(picture ? 1 : 0);
    const auto size = picture ? picture->handle.size() : image::Size{};
    showName(picture ? picture->name : QString(), picture ? picture->path : QString());
    m_size->setText(picture ? tr("%1 × %2").arg(size.width).arg(size.height) : QString());
    const auto pyramid = m_prepared->request(hash);
    const auto seen = m_seen->request(hash);
    if (m_seenAction->isChecked() && seen)
        m_view->setShown(hash, seen->pyramid, seen->views() == 1 ? std::optional(seen->transforms[0]) : std::nullopt);
    else
        m_view->setShown(hash, pyramid, identityOf(size));
    refreshOverlay();
    refreshCommands();
}

void MediaPanel::refreshGrid() {
    const auto hash = m_workspace.selection.picture();
    const auto facts = m_workspace.model.facts();
    const auto seen = m_seen->request(hash);
    std::optional<PatchGrid> grid;
    if (const auto overlay = m_workspace.overlays.map(hash); overlay && !overlay->image.isNull()) {
        grid = PatchGrid{overlay->image.height(), overlay->image.width(), overlay->transform};
    } else if (facts && seen && seen->views() == 1) {
        if (const auto size = gridSize(*facts, m_workspace.selection.map()))
            grid = PatchGrid{size->first, size->second, seen->transforms[0]};
    }
    m_view->setGrid(grid);
}

void MediaPanel::refreshOverlay() {
    const auto overlay = m_frame ? std::nullopt : m_workspace.overlays.map(m_workspace.selection.picture());
    if (overlay) m_overlayName->setText(tr("overlay %1").arg(overlay->name));
    m_overlayName->setToolTip(m_overlayName->text());
    for (auto* control : m_overlayControls) control->setVisible(overlay.has_value());
    showSize();
    const int percent = int(std::lround(m_workspace.overlays.opacity() * 100));
    m_opacity->setValue(percent);
    m_opacityText->setText(tr("%1 %").arg(percent));
    refreshGrid();
}

}  // namespace fusionscope::ui
