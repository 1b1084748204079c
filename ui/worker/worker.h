#pragma once

#include <QObject>
#include <QString>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "core/engine/control.h"

namespace fusionscope::engine {
class Model;
}

namespace fusionscope::ui {

using JobId = quint64;

/// How a job ended; every job ends exactly once.
enum class JobEnd { Done, Stopped, Failed };

/// What a job finds in the worker's thread.
struct WorkerContext {
    /// The loaded model; null before the first one. A job may replace it; nobody else touches it.
    std::unique_ptr<engine::Model>& model;
    engine::Control control;  ///< stop token of the job, and its progress

    /// The loaded model. @throws Error when there is none
    engine::Model& loaded() const;
};

/// One thread that does everything long, one job after the other, in the order of submission.
///
/// A job is a function that runs in the worker's thread. It hands out results by emitting signals of whoever submitted
/// it (queued into the window's thread) and reports failure by throwing: engine errors and everything else become
/// ended(…, Failed, sentence), Stopped becomes ended(…, Stopped). Submission, stopping and destruction may happen at any
/// moment and never wait for a job, except that shutDown() and the destructor stop and wait for the running one.
class Worker : public QObject {
    Q_OBJECT

  public:
    using Work = std::function<void(WorkerContext&)>;

    explicit Worker(QObject* parent = nullptr);
    ~Worker() override;

    /// @param title what a person reads while it runs, "Loading Florence-VL 3B"
    JobId submit(const QString& title, Work work);
    /// Asks the job to end, or takes it out of the queue. Does nothing for a job that has ended.
    void stop(JobId job);
    void stopAll();
    bool isIdle() const;
    /// Stops everything and waits for the running job to end; what is submitted later ends as stopped. The destructor does
    /// the same.
    void shutDown();

  signals:
    void started(fusionscope::ui::JobId job, const QString& title);
    /// At most twenty times a second, save for the end of what it tells of. @param secondsLeft an estimate; negative while there is none
    void progressed(fusionscope::ui::JobId job, const QString& task, double share, double secondsLeft);
    /// Exactly once for each submitted job. @param message the sentence to show when it failed
    void ended(fusionscope::ui::JobId job, fusionscope::ui::JobEnd end, const QString& message);

  private:
    struct Job;

    void run();
    void stopWhere(const std::function<bool(const Job&)>& chosen);
    void execute(Job& job);

    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    std::deque<std::shared_ptr<Job>> m_queue;  // the running one stays in front until it has ended
    const Job* m_running = nullptr;
    bool m_closing = false;
    JobId m_next = 1;
    std::unique_ptr<engine::Model> m_model;  // only the thread touches it
    std::thread m_thread;
};

}  // namespace fusionscope::ui
