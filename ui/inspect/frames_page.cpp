#include "ui/inspect/frames_page.h"

#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QScrollArea>
#include <QScrollBar>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "core/engine/frame_atlas.h"
#include "core/files/error.h"
#include "ui/common/text_sizes.h"
#include "ui/common/workspace.h"
#include "ui/export/page_of_atlas.h"
#include "ui/inspect/feature_store.h"
#include "ui/inspect/frame_strip.h"
#include "ui/inspect/labels.h"
#include "ui/inspect/score_plot.h"
#include "ui/plot/numbers.h"

namespace fusionscope::ui {

namespace {

using engine::MapKind;

constexpr MapKind kinds[] = {MapKind::Pca, MapKind::Similarity, MapKind::Norm, MapKind::Channel, MapKind::Cluster};
constexpr int soonMilliseconds = 200, thumbnailSide = 192;

QLabel* quietLabel() {
    auto* label = new QLabel;
    label->setForegroundRole(QPalette::PlaceholderText);
    label->setFont(textFont(TextSize::Small));
    label->setWordWrap(true);
    return label;
}

QImage thumbnailOf(const engine::PictureHandle& handle) {
    const auto picture = handle.picture();
    const auto view = picture->view();
    return QImage(view.data, view.size.width, view.size.height, qsizetype(view.rowBytes()), QImage::Format_RGB888)
        .scaled(thumbnailSide, thumbnailSide, Qt::KeepAspectRatio, Qt::SmoothTransformation);
}

/// Gives all maps of numbers the range that holds all, and draws them.
QList<QImage> imagesOf(engine::Atlas& atlas, std::optional<inspect::Range>& range) {
    for (const auto& cell : atlas.cells) {
        if (!std::holds_alternative<inspect::ScalarMap>(cell.drawing)) continue;
        range = range ? inspect::Range{std::min(range->low, cell.range.low), std::max(range->high, cell.range.high)} : cell.range;
    }
    QList<QImage> images;
    for (auto& cell : atlas.cells) {
        if (range) cell.range = *range;
        images.append(exporting::imageOf(cell));
    }
    return images;
}

}  // namespace

FramesPage::FramesPage(Workspace& workspace, QWidget* parent)
    : QWidget(parent), m_workspace(workspace), m_pages(new QStackedWidget), m_empty(quietLabel()), m_legend(quietLabel()),
      m_message(quietLabel()), m_strip(new FrameStrip), m_scroll(new QScrollArea), m_plot(new ScorePlot(workspace)) {
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setMargin(48);
    m_empty->setFont(textFont());
    m_scroll->setWidget(m_strip);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_scroll->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(12, 8, 12, 8);
    column->setSpacing(8);
    column->addWidget(makeChoices());
    column->addWidget(m_scroll);
    column->addWidget(m_legend);
    column->addWidget(m_message);
    column->addWidget(m_plot, 1);
    m_pages->addWidget(m_empty);
    m_pages->addWidget(page);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_pages);
    makeMenus();

    m_soon.setSingleShot(true);
    m_soon.setInterval(soonMilliseconds);
    connect(&m_soon, &QTimer::timeout, this, &FramesPage::compute);
    for (const auto changed : {&Pictures::opened, &Pictures::closed})
        connect(&workspace.pictures, changed, this, &FramesPage::follow);
    connect(&workspace.model, &CurrentModel::changed, this, [this] {
        fillMaps();
        forgetMaps();
        follow();
    });
    connect(&workspace.selection, &Selection::pictureChanged, m_strip, &FrameStrip::setCurrent);
    connect(&workspace.selection, &Selection::placesChanged, this, [this](const std::vector<Place>& places) {
        const auto& picture = m_workspace.selection.picture();
        if (!places.empty() && std::ranges::count(m_frames, picture, &VideoFrame::picture) > 0) selectPatch(picture, places.back());
    });
    connect(m_strip, &FrameStrip::frameChosen, this, [this](const QString& picture) {
        const auto frame = std::ranges::find(m_frames, picture, &VideoFrame::picture);
        if (frame != m_frames.end()) m_workspace.selection.setPicture(picture, int(frame->index));
    });
    connect(m_strip, &FrameStrip::patchChosen, this,
            [this](const QString&, const Place& place) { m_workspace.selection.setPlaces({place}); });
    connect(m_strip, &FrameStrip::currentMoved, this, [this](const QRect& place) {
        m_scroll->ensureVisible(place.center().x(), place.center().y(), place.width(), 0);
    });
    connect(m_plot, &ScorePlot::frameChosen, m_strip, &FrameStrip::frameChosen);
    connect(m_plot, &ScorePlot::said, this, &FramesPage::say);
    connect(this, &FramesPage::computed, this, [this](quint64 run, const FrameMaps& maps) {
        if (run != m_run) return;
        m_job = 0;
        m_maps.insert(maps);
        draw();
    }, Qt::QueuedConnection);
    connect(this, &FramesPage::drawn, this, [this](quint64 run, const QList<QImage>& images, std::optional<inspect::Range> range) {
        if (run != m_drawing) return;
        m_drawnUpTo = run;
        m_images = images;
        m_range = range;
        fillStrip();
        updateLegend();
        if (m_wantsScore && m_images.size() == qsizetype(m_frames.size()) && isSettled()) {
            m_wantsScore = false;
            m_plot->measure();
        }
    }, Qt::QueuedConnection);
    connect(this, &FramesPage::thumbnailMade, this, [this](const QString& picture, const QImage& thumbnail) {
        if (!m_thumbnails.contains(picture)) return;
        m_thumbnails.insert(picture, thumbnail);
        fillStrip();
    }, Qt::QueuedConnection);
    connect(&workspace.worker, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        if (job != m_job || end == JobEnd::Done) return;
        m_job = 0;
        say(end == JobEnd::Failed ? message : tr("Stopped. Choose a map again to compute it."));
    }, Qt::QueuedConnection);
    connect(&m_drawer, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        if (job != m_drawJob || end != JobEnd::Failed) return;
        m_drawnUpTo = m_drawing;
        say(message);
    }, Qt::QueuedConnection);
    say({});
    fillMaps();
    follow();
}

FramesPage::~FramesPage() { m_drawer.shutDown(); }

QWidget* FramesPage::menus() const { return m_menus; }

QWidget* FramesPage::makeChoices() {
    m_map = new QComboBox;
    m_map->setAccessibleName(tr("Map of the frames"));
    m_map->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_kind = new QComboBox;
    m_kind->setAccessibleName(tr("Kind of map"));
    for (const auto each : kinds) m_kind->addItem(kindTitle(each));
    m_letGo = new QToolButton;
    m_letGo->setText(tr("Let go of the patch"));
    m_letGo->setAccessibleName(m_letGo->text());
    m_letGo->setAutoRaise(true);
    m_letGo->setFocusPolicy(Qt::StrongFocus);
    auto* panel = new QWidget;
    auto* row = new QHBoxLayout(panel);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    row->addWidget(m_map);
    row->addWidget(m_kind);
    row->addWidget(m_letGo);
    row->addStretch();
    connect(m_map, &QComboBox::activated, this, [this] {
        m_workspace.selection.setMap(m_map->currentData().toString());
        compute();
    });
    connect(m_kind, &QComboBox::currentIndexChanged, this, &FramesPage::draw);
    connect(m_letGo, &QToolButton::clicked, this, &FramesPage::letGo);
    connect(&m_workspace.selection, &Selection::mapChanged, this, [this](const QString& name) {
        const int index = m_map->findData(name.section('@', 0, 0));
        if (index < 0 || index == m_map->currentIndex()) return;
        m_map->setCurrentIndex(index);
        m_soon.start();
    });
    return panel;
}

void FramesPage::makeMenus() {
    m_menus = new QToolButton;
    m_menus->setText(tr("Export"));
    m_menus->setAccessibleName(tr("Export the score"));
    m_menus->setPopupMode(QToolButton::InstantPopup);
    m_menus->setFocusPolicy(Qt::StrongFocus);
    auto* menu = new QMenu(m_menus);
    menu->addAction(tr("Score as table (CSV)…"), this, [this] {
        const auto file = QFileDialog::getSaveFileName(this, tr("Export the score"), "frames.csv");
        if (!file.isEmpty()) m_plot->exportCsv(file);
    });
    menu->addAction(tr("Plot as picture (PNG)…"), this, [this] { m_plot->exportPlot("png"); });
    menu->addAction(tr("Plot as page (PDF)…"), this, [this] { m_plot->exportPlot("pdf"); });
    menu->addAction(tr("Frames with their maps (PNG)…"), this, [this] {
        const auto file = QFileDialog::getSaveFileName(this, tr("Export the frames"), "frames.png");
        if (!file.isEmpty()) say(m_strip->grab().save(file) ? tr("Written: %1").arg(file)
                                                            : tr("%1 cannot be written. Choose another folder.").arg(file));
    });
    m_menus->setMenu(menu);
}

void FramesPage::setKind(MapKind wanted) {
    m_kind->setCurrentIndex(static_cast<int>(std::ranges::find(kinds, wanted) - std::begin(kinds)));
}

void FramesPage::scoreWords(const QString& words) {
    m_plot->setKind(engine::FrameScore::Kind::Words);
    m_plot->setTexts(words, {});
    m_wantsScore = true;
}

/// Colours give way to similarity while there is a patch to be similar to.
MapKind FramesPage::kind() const {
    const auto chosen = kinds[m_kind->currentIndex()];
    return chosen == MapKind::Pca && m_anchor ? MapKind::Similarity : chosen;
}

bool FramesPage::isSettled() const {
    return !m_soon.isActive() && m_job == 0 && m_drawnUpTo == m_drawing;
}

void FramesPage::showEvent(QShowEvent*) { m_soon.start(); }

void FramesPage::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange) m_strip->update();
    QWidget::changeEvent(event);
}

void FramesPage::fillMaps() {
    const auto facts = m_workspace.model.facts();
    const auto before = m_map->currentData().toString();
    const QSignalBlocker quiet(m_map);
    m_map->clear();
    int usual = -1;
    for (const auto& activation : facts ? mapsAmong(facts->activations, false) : std::vector<models::ActivationInfo>()) {
        if (activation.name.find('@') != std::string::npos) continue;  // frames are not cut into tiles
        if (activation.reachesLanguageModel && usual < 0) usual = m_map->count();
        m_map->addItem(cellTitle(activation), QString::fromStdString(activation.name));
    }
    const int kept = m_map->findData(before);
    m_map->setCurrentIndex(kept >= 0 ? kept : usual);
}

void FramesPage::forgetMaps() {
    ++m_run;
    if (m_job != 0) m_workspace.worker.stop(std::exchange(m_job, 0));
    m_maps.clear();
    m_images.clear();
    m_mapsOf.clear();
}

/// The frames there are now.
void FramesPage::follow() {
    const auto frames = framesOf(m_workspace.pictures, latestVideo(m_workspace.pictures));
    m_pages->setCurrentIndex(frames.empty() ? 0 : 1);
    m_empty->setText(tr("Open a video and mark frames in it, with S or by a rule: each appears here with its map, and any "
                        "score over time."));
    if (std::ranges::equal(frames, m_frames, {}, &VideoFrame::picture, &VideoFrame::picture)) return;
    m_frames = frames;
    m_images.clear();
    m_plot->setFrames(frames);
    makeThumbnails();
    if (std::ranges::count(m_frames, m_anchorPicture, &VideoFrame::picture) == 0) letGo();
    fillStrip();
    m_soon.start();
}

void FramesPage::makeThumbnails() {
    QHash<QString, QImage> kept;
    for (const auto& frame : m_frames) {
        kept.insert(frame.picture, m_thumbnails.value(frame.picture));
        const auto picture = m_workspace.pictures.find(frame.picture);
        if (!picture || m_thumbnails.contains(frame.picture)) continue;
        m_drawer.submit({}, [this, hash = frame.picture, handle = picture->handle](WorkerContext&) {
            emit thumbnailMade(hash, thumbnailOf(handle));
        });
    }
    m_thumbnails = kept;
}

void FramesPage::compute() {
    const auto facts = m_workspace.model.facts();
    if (!isVisible() || m_frames.empty()) return;
    if (!facts || !facts->summary.takesPictures || m_map->currentIndex() < 0)
        return say(tr("Choose a model that takes pictures under Model: its maps appear here."));
    say({});
    const auto name = m_map->currentData().toString();
    const auto key = QString::fromStdString(facts->summary.folder) + u'\n' + name;
    if (key != m_mapsOf) forgetMaps();
    m_mapsOf = key;
    const auto activation = std::ranges::find(facts->activations, name.toStdString(), &models::ActivationInfo::name);
    engine::VideoFrames video;
    QStringList missing;
    for (const auto& frame : m_frames) {
        const auto picture = m_workspace.pictures.find(frame.picture);
        if (!picture || m_maps.contains(frame.picture)) continue;
        missing += frame.picture;
        video.frames.push_back(picture->handle);
        video.times.seconds.push_back(frame.seconds);
    }
    if (missing.isEmpty() || activation == facts->activations.end()) return draw();
    if (m_job != 0) m_workspace.worker.stop(m_job);
    engine::FrameAtlasRun run;
    run.rows = {activation->row};
    run.columns = {activation->column};
    run.map.kind = MapKind::Norm;  // what is drawn is decided later, over all frames
    run.encoding = facts->encoding;
    m_job = m_workspace.worker.submit(tr("Computing the maps of %n frame(s)", nullptr, int(missing.size())),
                                      [this, number = ++m_run, missing, video, run, name](WorkerContext& context) {
        const auto atlas = engine::makeFrameAtlas(context.loaded(), video, run, context.control);
        FrameMaps maps;
        for (qsizetype i = 0; i < missing.size(); ++i) {
            const auto wanted = concat("frame", i, "/", name.toStdString());
            const auto cell = std::ranges::find(atlas.cells, wanted, [](const auto& each) { return each.activation.name; });
            if (cell == atlas.cells.end()) throw Error("the pass did not record this activation", name.toStdString());
            auto map = std::make_shared<inspect::FeatureMap>(*cell->features);
            map->name = missing[i].toStdString();  // each frame's own
            maps.insert(missing[i], map);
        }
        emit computed(number, maps);
    });
}

void FramesPage::draw() {
    updateLegend();
    m_letGo->setVisible(m_anchor.has_value());
    m_drawer.stop(m_drawJob);
    std::vector<std::shared_ptr<const inspect::FeatureMap>> maps;
    std::vector<models::ActivationInfo> chosen;
    for (const auto& frame : m_frames) {
        const auto map = m_maps.value(frame.picture);
        if (!map) return;  // all in the same colours, or none
        maps.push_back(map);
        models::ActivationInfo info;
        info.name = map->name;
        info.row = "frames";
        info.column = map->name;
        info.isMap = true;
        info.shape = {map->rows, map->columns, map->channels};
        chosen.push_back(info);
    }
    if (maps.empty()) return;
    engine::MapOptions options;
    options.kind = kind();
    options.basis = engine::BasisScope::Row;
    options.origin = inspect::Origin::Mean;
    const auto anchor = std::ranges::find(m_frames, m_anchorPicture, &VideoFrame::picture);
    if (m_anchor && anchor != m_frames.end()) {
        options.selection = {{m_anchor->x, m_anchor->y, m_anchor->x, m_anchor->y}};
        options.selectionColumn = static_cast<int>(anchor - m_frames.begin());
    } else if (options.kind == MapKind::Similarity) {
        m_images.clear();
        return fillStrip();
    }
    m_drawJob = m_drawer.submit(tr("Drawing the maps"), [this, number = ++m_drawing, chosen, maps, options](WorkerContext& context) {
        auto atlas = engine::drawAtlas(chosen, maps, options, context.control);
        std::optional<inspect::Range> range;
        const auto images = imagesOf(atlas, range);
        emit drawn(number, images, range);
    });
}

void FramesPage::fillStrip() {
    std::vector<FrameStrip::Column> columns;
    for (size_t i = 0; i < m_frames.size(); ++i) {
        FrameStrip::Column column;
        column.frame = m_frames[i];
        const auto picture = m_workspace.pictures.find(m_frames[i].picture);
        column.thumbnail = m_thumbnails.value(m_frames[i].picture);
        if (picture) column.aspect = double(picture->handle.size().width) / picture->handle.size().height;
        column.map = m_images.value(qsizetype(i));
        columns.push_back(std::move(column));
    }
    m_strip->setColumns(columns);
    m_strip->setCurrent(m_workspace.selection.picture());
    m_scroll->setFixedHeight(m_strip->minimumSizeHint().height() + m_scroll->horizontalScrollBar()->sizeHint().height());
}

void FramesPage::selectPatch(const QString& picture, const Place& place) {
    m_anchorPicture = picture;
    m_anchor = place;
    m_strip->setAnchor(picture, place);
    m_plot->setAnchor(picture, place, m_map->currentData().toString().toStdString());
    draw();
}

void FramesPage::letGo() {
    m_anchorPicture.clear();
    m_anchor.reset();
    m_strip->setAnchor({}, {});
    m_plot->setAnchor({}, {}, {});
    draw();
}

void FramesPage::updateLegend() {
    const auto shown = kind();
    auto text = kindTitle(shown);
    const auto anchor = std::ranges::find(m_frames, m_anchorPicture, &VideoFrame::picture);
    if (shown == MapKind::Similarity)
        text = anchor == m_frames.end() ? tr("Click a patch of a frame’s map: every frame shows what resembles it.")
                                        : tr("similarity to the patch marked at %1").arg(timeText(anchor->seconds));
    if (m_range && (shown != MapKind::Similarity || anchor != m_frames.end()))
        text += tr(" · all frames from %1").arg(plot::formatted(*m_range));
    else if (shown == MapKind::Pca)
        text += tr(" · all frames share one basis");
    m_legend->setText(text);
}

void FramesPage::say(const QString& message) {
    m_message->setText(message);
    m_message->setVisible(!message.isEmpty());
}

}  // namespace fusionscope::ui
