#include "ui/shell/job_footer.h"

#include <QFile>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <cmath>
#include <unistd.h>

#include "core/engine/memory.h"
#include "ui/common/text_sizes.h"
#include "ui/common/workspace.h"
#include "ui/shell/progress_text.h"

namespace fusionscope::ui {

namespace {

constexpr int calm = 150;             // milliseconds: shorter jobs are not worth a flicker
constexpr int figuresEvery = 2000;    // milliseconds
constexpr int steps = 1000;           // of the progress bar

QString timeText(double seconds) {
    const auto whole = static_cast<int>(std::ceil(seconds));
    if (whole < 90) return JobFooter::tr("%1 s left").arg(whole);
    if (whole < 90 * 60) return JobFooter::tr("%1 min left").arg((whole + 30) / 60);
    return JobFooter::tr("%1 h left").arg(QLocale().toString(whole / 3600.0, 'f', 1));
}

}  // namespace

qint64 residentMemory() {
    QFile file("/proc/self/statm");
    if (!file.open(QIODevice::ReadOnly)) return 0;
    return file.readAll().split(' ').value(1).toLongLong() * sysconf(_SC_PAGESIZE);
}

JobFooter::JobFooter(Workspace& workspace, const std::vector<Worker*>& workers, QWidget* parent)
    : QWidget(parent), m_workspace(workspace), m_workers(workers) {
    setObjectName("footer");
    setAttribute(Qt::WA_StyledBackground);
    setAccessibleName(tr("What is being computed"));
    m_title = new QLabel;
    m_left = new QLabel;
    m_figures = new QLabel;
    for (auto* label : {m_title, m_left, m_figures}) setTextSize(*label, TextSize::Small);
    for (auto* label : {m_left, m_figures}) label->setForegroundRole(QPalette::PlaceholderText);
    m_figures->setToolTip(tr("Pictures of the last answer, how fast it came, and the memory that the program holds"));
    m_bar = new QProgressBar;
    m_bar->setRange(0, steps);
    m_bar->setTextVisible(false);
    m_bar->setFixedWidth(160);
    m_bar->setAccessibleName(tr("Progress"));
    m_stop = new QPushButton(tr("Stop  Esc"));
    m_stop->setObjectName("quiet");
    setTextSize(*m_stop, TextSize::Small);
    m_stop->setAccessibleName(tr("Stop"));
    m_stop->setFocusPolicy(Qt::TabFocus);
    connect(m_stop, &QPushButton::clicked, this, &JobFooter::stop);

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 0, 12, 0);
    layout->setSpacing(12);
    for (auto* part : std::initializer_list<QWidget*>{m_title, m_bar, m_left, m_stop}) layout->addWidget(part);
    layout->addStretch(1);
    layout->addWidget(m_figures);
    setFixedHeight(28);

    m_calm.setSingleShot(true);
    m_calm.setInterval(calm);
    connect(&m_calm, &QTimer::timeout, this, &JobFooter::showJob);
    m_figuresTimer.setInterval(figuresEvery);
    connect(&m_figuresTimer, &QTimer::timeout, this, &JobFooter::showFigures);
    m_figuresTimer.start();
    connect(&workspace.answer, &CurrentAnswer::changed, this, &JobFooter::showFigures);
    for (auto* worker : workers) follow(worker);
    showJob();
    showFigures();
}

void JobFooter::follow(Worker* worker) {
    connect(worker, &Worker::started, this, [this, worker](JobId job, const QString& title) {
        const bool before = isBusy();
        m_running.insert(worker, {job, title, {}, 0, -1});
        if (!m_calm.isActive()) m_calm.start();
        if (!before) emit busyChanged(true);
    });
    connect(worker, &Worker::progressed, this,
            [this, worker](JobId job, const QString& task, double share, double secondsLeft) {
                auto& running = m_running[worker];
                if (running.job != job) return;
                running.task = task;
                running.share = share;
                running.secondsLeft = secondsLeft;
                if (!m_calm.isActive()) showJob();
            });
    connect(worker, &Worker::ended, this, [this, worker](JobId job) {
        if (m_running.value(worker).job != job) return;
        m_running.remove(worker);
        if (!isBusy()) emit busyChanged(false);
        if (!m_calm.isActive()) m_calm.start();
    });
}

bool JobFooter::isBusy() const { return !m_running.isEmpty(); }

const JobFooter::Running* JobFooter::shown(Worker** worker) const {
    for (auto* candidate : m_workers) {
        const auto found = m_running.constFind(candidate);
        if (found == m_running.cend()) continue;
        if (worker) *worker = candidate;
        return &*found;
    }
    return nullptr;
}

void JobFooter::stop() {
    Worker* worker = nullptr;
    if (const auto* running = shown(&worker)) worker->stop(running->job);
}

void JobFooter::showJob() {
    const auto* running = shown();
    for (auto* part : std::initializer_list<QWidget*>{m_title, m_left, m_stop}) part->setVisible(running != nullptr);
    m_bar->setVisible(running && running->share > 0);
    if (!running) return;
    m_title->setText(running->task.isEmpty() ? running->title : progressText(running->task));
    m_title->setToolTip(running->title);
    m_bar->setValue(static_cast<int>(running->share * steps));
    m_left->setText(running->secondsLeft < 0 ? QString() : timeText(running->secondsLeft));
}

void JobFooter::showFigures() {
    QStringList parts;
    if (const auto exchange = m_workspace.answer.exchange()) {
        const auto& statistics = exchange->answer.statistics;
        if (statistics.encodedPictures + statistics.reusedPictures > 0)
            parts.append(tr("pictures: %1 encoded, %2 from the cache").arg(statistics.encodedPictures).arg(statistics.reusedPictures));
        const auto after = static_cast<double>(exchange->answer.tokens.size()) - 1;
        if (after > 0 && statistics.generateSeconds > 0)
            parts.append(tr("%1 tok/s").arg(QLocale().toString(after / statistics.generateSeconds, 'f', 0)));
    }
    if (const auto memory = residentMemory()) parts.append(QString::fromStdString(engine::bytesText(memory)));
    m_figures->setText(parts.join(" · "));
}

}  // namespace fusionscope::ui
