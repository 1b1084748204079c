#pragma once

#include <QWidget>
#include <memory>
#include <vector>

#include "core/engine/alignment.h"
#include "ui/worker/worker.h"

class QComboBox;
class QCPGraph;
class QCustomPlot;
class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QSpinBox;
class QTableView;
class QToolButton;

namespace fusionscope::ui {

class AlignmentTable;
struct Workspace;

/// The page Align: how well each part of the picture's features agrees with text, over a folder of captioned pictures.
class AlignPage : public QWidget {
    Q_OBJECT

  public:
    explicit AlignPage(Workspace& workspace, QWidget* parent = nullptr);

    QWidget* menus() const;
    void setFolder(const QString& folder);
    void setOptions(const engine::AlignmentOptions& options);
    /// Starts a run, or goes on with one that was paused.
    void start();
    void pause();
    /// Ends the run; its results stay until the next one.
    void stop();
    const std::shared_ptr<const engine::AlignmentResults>& results() const { return m_results; }
    /// Writes alignment.json, .csv and .npz to a folder, as the terminal's `align --out` does.
    void save(const QString& folder);

  signals:
    /// From the worker's thread, queued to this object.
    void advanced(quint64 run, std::shared_ptr<const fusionscope::engine::AlignmentResults> results);
    void written(const QStringList& files);

  private:
    struct Curve {
        QCPGraph *mean, *low, *high;
    };

    QWidget* makeChoices();
    void makeMenus();
    void showResults(const std::shared_ptr<const engine::AlignmentResults>& results);
    void makeCurves();
    void drawCurves();
    void dressPlot();
    void changeEvent(QEvent* event) override;
    void updateButtons();
    void exportPlot(const QString& ending);
    engine::AlignmentOptions options() const;
    std::string commandLine(const QString& folder) const;
    void say(const QString& message);

    Workspace& m_workspace;
    QString m_folder;  // empty: the samples
    std::shared_ptr<engine::AlignmentStudy> m_study;  // only the worker's thread touches it while a job runs
    std::shared_ptr<const engine::AlignmentResults> m_results;
    quint64 m_run = 0;
    JobId m_job = 0, m_saveJob = 0;

    QLabel *m_pairs, *m_message, *m_chance;
    QComboBox *m_parts, *m_shown;
    QSpinBox *m_steps, *m_batch, *m_seeds, *m_depth;
    QDoubleSpinBox *m_temperature, *m_heldOut;
    QPushButton *m_start, *m_stop;
    QCustomPlot* m_plot;
    std::vector<Curve> m_curves;
    AlignmentTable* m_table;
    QTableView* m_tableView;
    QToolButton* m_menus;
};

}  // namespace fusionscope::ui
