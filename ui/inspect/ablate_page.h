#pragma once

#include <QWidget>
#include <memory>
#include <vector>

#include "core/engine/ablation.h"
#include "ui/common/current_answer.h"
#include "ui/worker/worker.h"

class QCheckBox;
class QComboBox;
class QCPBars;
class QCustomPlot;
class QHBoxLayout;
class QLabel;
class QPushButton;
class QSpinBox;
class QStackedWidget;
class QTableView;
class QToolButton;

namespace fusionscope::ui {

class AblationTable;
class WordFlow;
struct Workspace;

/// The page Ablate: what becomes of the answer when parts of what the model sees of the picture are switched off.
class AblatePage : public QWidget {
    Q_OBJECT

  public:
    explicit AblatePage(Workspace& workspace, QWidget* parent = nullptr);

    /// What stands at the right of the tab bar while the page is shown.
    QWidget* menus() const;
    /// Switches off what is chosen.
    void ablate();
    /// Switches off each part, each other part, and all, within the chosen patches and channels.
    void sweep();

  signals:
    /// From the worker's thread, queued to this object.
    void answered(std::shared_ptr<const fusionscope::ui::Exchange> exchange,
                  std::shared_ptr<const fusionscope::engine::AblationBaseline> baseline);
    void ablated(quint64 run, std::shared_ptr<const fusionscope::engine::AblationResult> result);
    void written(const QString& file);

  private:
    QWidget* makeChoices();
    QWidget* makeAnswers();
    QWidget* makeSweep();
    void makeMenus();
    void follow();
    void fillBlocks();
    void fillPictures();
    void updateEnabled();
    /// What is chosen now. @throws Error when it cannot be
    engine::Ablation chosen() const;
    void start(bool wholeSweep);
    void takeResult(quint64 run, const std::shared_ptr<const engine::AblationResult>& result);
    void showResult(int row);
    void drawBars();
    void dressPlot();
    void changeEvent(QEvent* event) override;
    void exportTable(bool json);
    void exportPlot(const QString& ending);
    void copyCommand();
    std::string commandLine() const;
    void say(const QString& message);

    Workspace& m_workspace;
    std::shared_ptr<const Exchange> m_exchange;
    std::shared_ptr<const engine::AblationBaseline> m_baseline;  // of m_exchange; null until the first run
    engine::Ablation m_wanted;  // of the latest run
    bool m_wasSweep = false;
    quint64 m_run = 0;
    JobId m_job = 0, m_exportJob = 0;

    QStackedWidget* m_pages;
    QHBoxLayout* m_blockRow;
    std::vector<std::pair<fusion::Block, QCheckBox*>> m_blocks;
    QComboBox *m_where, *m_fill, *m_other;
    QSpinBox *m_firstChannel, *m_lastChannel;
    QPushButton *m_ablate, *m_sweep;
    QLabel *m_question, *m_originalHead, *m_original, *m_newHead, *m_new, *m_message;
    WordFlow* m_words;
    AblationTable* m_table;
    QTableView* m_tableView;
    QCustomPlot* m_plot;
    QCPBars* m_bars;
    QToolButton* m_menus;
};

}  // namespace fusionscope::ui
