#include "ui/worker/worker.h"

#include <QElapsedTimer>

#include "core/engine/model.h"
#include "core/files/error.h"
#include "ui/common/refusal.h"

namespace fusionscope::ui {

struct Worker::Job {
    JobId id;
    QString title;
    Work work;
    std::stop_source stop;
};

engine::Model& WorkerContext::loaded() const {
    if (!model) throw refusal(Worker::tr("no model is loaded"), {}, Worker::tr("Choose one under Model."));
    return *model;
}

Worker::Worker(QObject* parent) : QObject(parent), m_thread([this] { run(); }) {
    qRegisterMetaType<JobId>("fusionscope::ui::JobId");
    qRegisterMetaType<JobEnd>("fusionscope::ui::JobEnd");
}

Worker::~Worker() { shutDown(); }

void Worker::shutDown() {
    {
        const std::lock_guard lock(m_mutex);
        m_closing = true;
    }
    stopAll();
    m_wake.notify_all();
    if (m_thread.joinable()) m_thread.join();
}

JobId Worker::submit(const QString& title, Work work) {
    auto job = std::make_shared<Job>(Job{0, title, std::move(work), {}});
    bool dropped = false;
    {
        const std::lock_guard lock(m_mutex);
        job->id = m_next++;
        dropped = m_closing;
        if (!dropped) m_queue.push_back(job);
    }
    m_wake.notify_all();
    // Later, when whoever submits it knows which job that is.
    if (dropped) QMetaObject::invokeMethod(this, [this, id = job->id] { emit ended(id, JobEnd::Stopped, {}); }, Qt::QueuedConnection);
    return job->id;
}

void Worker::stop(JobId id) {
    stopWhere([id](const Job& job) { return job.id == id; });
}

void Worker::stopAll() {
    stopWhere([](const Job&) { return true; });
}

void Worker::stopWhere(const std::function<bool(const Job&)>& chosen) {
    std::vector<JobId> dropped;  // they never began, so nobody else will say that they ended
    {
        const std::lock_guard lock(m_mutex);
        for (auto job = m_queue.begin(); job != m_queue.end();) {
            if (!chosen(**job)) {
                ++job;
            } else if (m_running == job->get()) {
                (*job)->stop.request_stop();
                ++job;
            } else {
                dropped.push_back((*job)->id);
                job = m_queue.erase(job);
            }
        }
    }
    for (const auto job : dropped) emit ended(job, JobEnd::Stopped, {});
}

bool Worker::isIdle() const {
    const std::lock_guard lock(m_mutex);
    return m_queue.empty();
}

void Worker::run() {
    for (;;) {
        std::shared_ptr<Job> job;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, [this] { return m_closing || !m_queue.empty(); });
            if (m_closing) break;
            job = m_queue.front();
            m_running = job.get();
        }
        execute(*job);
        const std::lock_guard lock(m_mutex);
        m_running = nullptr;
        m_queue.pop_front();
    }
    m_model.reset();
}

void Worker::execute(Job& job) {
    const auto token = job.stop.get_token();
    emit started(job.id, job.title);
    QElapsedTimer sinceStart, sinceReport;
    sinceStart.start();
    double reported = 0;
    const auto report = [&](const engine::Progress& progress) {
        const bool isEnd = progress.share >= 1 && reported < 1;
        if (sinceReport.isValid() && sinceReport.elapsed() < 50 && !isEnd) return;
        sinceReport.start();
        reported = progress.share;
        const double taken = static_cast<double>(sinceStart.elapsed()) / 1000;
        const double left = progress.share > 0.02 ? taken * (1 - progress.share) / progress.share : -1;
        emit progressed(job.id, QString::fromStdString(progress.task), progress.share, left);
    };
    WorkerContext context{m_model, {token, report}};
    try {
        job.work(context);
        emit ended(job.id, JobEnd::Done, {});
    } catch (const Stopped&) {
        emit ended(job.id, JobEnd::Stopped, {});
    } catch (const std::bad_alloc&) {
        emit ended(job.id, JobEnd::Failed, tr("There was not enough memory. Close other programs or use a smaller model."));
    } catch (const std::exception& error) {
        emit ended(job.id, JobEnd::Failed, QString::fromUtf8(error.what()));
    }
}

}  // namespace fusionscope::ui
