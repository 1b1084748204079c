#pragma once

#include <QHash>
#include <QImage>
#include <QTimer>
#include <QWidget>
#include <memory>
#include <optional>
#include <vector>

#include "core/engine/atlas.h"
#include "ui/common/selection.h"
#include "ui/common/video_frames.h"
#include "ui/worker/worker.h"

class QComboBox;
class QLabel;
class QScrollArea;
class QStackedWidget;
class QToolButton;

namespace fusionscope::ui {

class FrameStrip;
class ScorePlot;
struct Workspace;

/// One map of each frame, by the frame's picture.
using FrameMaps = QHash<QString, std::shared_ptr<const inspect::FeatureMap>>;

/// The page Frames: the marked frames of a video with one map below each, in the same colours, and a score over time.
class FramesPage : public QWidget {
    Q_OBJECT

  public:
    explicit FramesPage(Workspace& workspace, QWidget* parent = nullptr);
    ~FramesPage() override;

    QWidget* menus() const;
    FrameStrip& strip() { return *m_strip; }
    ScorePlot& plot() { return *m_plot; }
    /// The values that the colours' two ends stand for; none for colours and classes.
    std::optional<inspect::Range> range() const { return m_range; }
    void setKind(engine::MapKind kind);
    /// Measures the similarity to words as soon as frames are there.
    void scoreWords(const QString& words);
    /// Nothing is being computed or drawn.
    bool isSettled() const;

  signals:
    // From the worker's and the drawing thread, queued to this object
    void thumbnailMade(const QString& picture, const QImage& thumbnail);
    void computed(quint64 run, const fusionscope::ui::FrameMaps& maps);
    void drawn(quint64 run, const QList<QImage>& maps, std::optional<fusionscope::inspect::Range> range);

  protected:
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    QWidget* makeChoices();
    void makeMenus();
    void follow();
    void fillMaps();
    void forgetMaps();
    void makeThumbnails();
    void compute();
    void draw();
    void fillStrip();
    void selectPatch(const QString& picture, const Place& place);
    void letGo();
    engine::MapKind kind() const;
    void updateLegend();
    void say(const QString& message);

    Workspace& m_workspace;
    std::vector<VideoFrame> m_frames;
    FrameMaps m_maps;                              // of the chosen map; frames that were computed stay when others come
    QString m_mapsOf;                              // which map and model that is
    QString m_anchorPicture;
    std::optional<Place> m_anchor;
    std::optional<inspect::Range> m_range;
    QHash<QString, QImage> m_thumbnails;           // by picture; null while it is made
    QList<QImage> m_images;                        // one a frame
    quint64 m_run = 0, m_drawing = 0, m_drawnUpTo = 0;
    JobId m_job = 0, m_drawJob = 0;
    bool m_wantsScore = false;
    QTimer m_soon;                                 // frames often come several at a time

    QStackedWidget* m_pages;
    QLabel *m_empty, *m_legend, *m_message;
    QComboBox *m_map, *m_kind;
    QToolButton *m_letGo, *m_menus;
    FrameStrip* m_strip;
    QScrollArea* m_scroll;
    ScorePlot* m_plot;
    Worker m_drawer;                               // last: its thread ends first
};

}  // namespace fusionscope::ui
