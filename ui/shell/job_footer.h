#pragma once

#include <QHash>
#include <QTimer>
#include <QWidget>
#include <vector>

#include "ui/worker/worker.h"

class QLabel;
class QProgressBar;
class QPushButton;

namespace fusionscope::ui {

struct Workspace;

/// The line at the bottom: what is being computed, how far it is, how to stop it; and how fast the last answer came and
/// how much memory the program holds.
class JobFooter : public QWidget {
    Q_OBJECT

  public:
    /// @param workers in the order of importance: the first with a job is shown
    JobFooter(Workspace& workspace, const std::vector<Worker*>& workers, QWidget* parent = nullptr);

    bool isBusy() const;
    /// Stops the job that is shown.
    void stop();

  signals:
    void busyChanged(bool busy);

  private:
    struct Running {
        JobId job = 0;
        QString title, task;
        double share = 0, secondsLeft = -1;
    };

    void follow(Worker* worker);
    const Running* shown(Worker** worker = nullptr) const;
    void showJob();
    void showFigures();

    Workspace& m_workspace;
    std::vector<Worker*> m_workers;
    QHash<Worker*, Running> m_running;
    QTimer m_calm, m_figuresTimer;
    QLabel *m_title, *m_left, *m_figures;
    QProgressBar* m_bar;
    QPushButton* m_stop;
};

/// Memory that this process holds, in bytes; 0 where the system does not tell.
qint64 residentMemory();

}  // namespace fusionscope::ui
