#pragma once

#include <QWidget>
#include <memory>
#include <optional>
#include <vector>

#include "core/engine/frame_scores.h"
#include "ui/common/selection.h"
#include "ui/common/video_frames.h"
#include "ui/worker/worker.h"

class QComboBox;
class QCPItemStraightLine;
class QCPItemText;
class QCustomPlot;
class QLabel;
class QLineEdit;
class QPushButton;

namespace fusionscope::ui {

struct Workspace;

/// A score of each marked frame over the video's time, as curves. A click goes to the nearest frame.
class ScorePlot : public QWidget {
    Q_OBJECT

  public:
    explicit ScorePlot(Workspace& workspace, QWidget* parent = nullptr);

    /// Other frames let go of the curves.
    void setFrames(const std::vector<VideoFrame>& frames);
    /// The patch that scores of patches are about. @param map the activation it is compared in
    void setAnchor(const QString& picture, const std::optional<Place>& place, const std::string& map);
    void setKind(engine::FrameScore::Kind kind);
    void setTexts(const QString& text, const QString& question);
    void measure();
    /// Null until measured.
    const std::shared_ptr<const engine::FrameScores>& scores() const { return m_scores; }
    void exportCsv(const QString& file);
    void exportPlot(const QString& ending);

  signals:
    void frameChosen(const QString& picture);
    /// What went wrong, or what was written.
    void said(const QString& message);
    /// From the worker's thread, queued to this object.
    void measured(quint64 run, std::shared_ptr<const fusionscope::engine::FrameScores> scores);
    void written(const QString& file);

  protected:
    void changeEvent(QEvent* event) override;

  private:
    QWidget* makeChoices();
    void fitChoices();
    void takeAnswer();
    void takeWord();
    std::optional<engine::FrameScore> wanted() const;
    void show(const std::shared_ptr<const engine::FrameScores>& scores);
    void dressPlot();
    void moveCursor();
    void chooseAt(double seconds);

    Workspace& m_workspace;
    std::vector<VideoFrame> m_frames;
    QString m_anchorPicture;
    std::optional<Place> m_anchor;
    std::string m_map;
    std::shared_ptr<const engine::FrameScores> m_scores;
    quint64 m_run = 0;
    JobId m_job = 0, m_exportJob = 0;
    QComboBox* m_kind;
    QLineEdit *m_text, *m_question;
    QPushButton* m_measure;
    QCustomPlot* m_plot;
    QCPItemStraightLine* m_cursor;  // at the frame that is looked at
    QCPItemText* m_hint;            // while there is no curve
};

}  // namespace fusionscope::ui
