#include <QElapsedTimer>
#include <QHash>
#include <QRandomGenerator>
#include <QTest>
#include <atomic>
#include <mutex>
#include <new>
#include <stdexcept>

#include "core/files/error.h"
#include "ui/worker/worker.h"

using namespace fusionscope;
using ui::JobEnd;
using ui::JobId;
using ui::Worker;
using ui::WorkerContext;

namespace {

struct Report {
    QString task;
    double share, secondsLeft;
    qint64 at;  ///< milliseconds
};

/// What a worker says, whichever thread says it: a QSignalSpy listens in the speaker's thread, unguarded.
class Diary : public QObject {
  public:
    explicit Diary(Worker& worker) {
        m_clock.start();
        connect(&worker, &Worker::started, this, [this](JobId job, const QString& title) {
            const std::lock_guard lock(m_mutex);
            m_starts.push_back({job, title});
        }, Qt::DirectConnection);
        connect(&worker, &Worker::progressed, this, [this](JobId, const QString& task, double share, double left) {
            const std::lock_guard lock(m_mutex);
            m_reports.push_back({task, share, left, m_clock.elapsed()});
        }, Qt::DirectConnection);
        connect(&worker, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
            const std::lock_guard lock(m_mutex);
            m_order.push_back(job);
            m_ends[job].append({end, message});
        }, Qt::DirectConnection);
    }

    std::vector<std::pair<JobId, QString>> starts() const {
        const std::lock_guard lock(m_mutex);
        return m_starts;
    }
    std::vector<Report> reports() const {
        const std::lock_guard lock(m_mutex);
        return m_reports;
    }
    /// Jobs in the order in which they ended.
    std::vector<JobId> ended() const {
        const std::lock_guard lock(m_mutex);
        return m_order;
    }
    bool isOver(JobId job) const { return std::ranges::count(ended(), job) > 0; }
    bool eachOnce() const {
        const std::lock_guard lock(m_mutex);
        return std::ranges::all_of(m_ends, [](const auto& ends) { return ends.size() == 1; });
    }
    /// Of a job that must have ended once.
    JobEnd endOf(JobId job) const { return one(job).first; }
    QString messageOf(JobId job) const { return one(job).second; }

  private:
    std::pair<JobEnd, QString> one(JobId job) const {
        const std::lock_guard lock(m_mutex);
        const auto ends = m_ends.value(job);
        if (ends.size() != 1) qFatal("job %llu ended %lld times", job, static_cast<long long>(ends.size()));
        return ends.front();
    }

    mutable std::mutex m_mutex;
    QElapsedTimer m_clock;
    std::vector<std::pair<JobId, QString>> m_starts;  // no lists that share: their counters are Qt's
    std::vector<Report> m_reports;
    std::vector<JobId> m_order;
    QHash<JobId, QList<std::pair<JobEnd, QString>>> m_ends;
};

void untilStopped(WorkerContext& context) {
    while (!context.control.stop.stop_requested()) std::this_thread::yield();
    throw Stopped();
}

}  // namespace

class WorkerTest : public QObject {
    Q_OBJECT

  signals:
    void found(int number);

  private slots:
    void runsJobsInTheOrderOfSubmission();
    void runsJobsInAThreadOfItsOwn();
    void endsAJobOnce_data();
    void endsAJobOnce();
    void goesOnAfterAFailure();
    void refusesToWorkWithoutAModel();
    void stopsTheRunningJobAndNoOther();
    void neverBeginsAJobThatWasStoppedInTheQueue();
    void doesNothingForAJobThatHasEnded();
    void stopsEverything();
    void endsJobsOnceWheneverTheyAreStopped();
    void takesJobsFromManyThreads();
    void endsEverythingWhenItIsDestroyed();
    void dropsWhatComesAfterTheShutdown();
    void deliversResultsBeforeTheEnd();
    void reportsProgressAtMostTwentyTimesASecond();
    void guessesTheTimeLeft();
};

void WorkerTest::runsJobsInTheOrderOfSubmission() {
    Worker worker;
    Diary diary(worker);
    std::vector<std::size_t> order;  // the worker's thread alone writes it, and it is read when that has ended
    std::vector<JobId> jobs;
    for (std::size_t i = 0; i < 100; ++i)
        jobs.push_back(worker.submit(QString("job %1").arg(i), [i, &order](WorkerContext&) { order.push_back(i); }));
    QTRY_COMPARE(diary.ended().size(), 100u);
    worker.shutDown();
    const auto starts = diary.starts();
    for (std::size_t i = 0; i < 100; ++i) {
        QCOMPARE(order[i], i);
        QCOMPARE(starts[i].first, jobs[i]);
        QCOMPARE(starts[i].second, QString("job %1").arg(i));
    }
    QVERIFY(diary.ended() == jobs);
}

void WorkerTest::runsJobsInAThreadOfItsOwn() {
    Worker worker;
    Diary diary(worker);
    std::atomic<std::thread::id> first, second;
    worker.submit("one", [&](WorkerContext&) { first = std::this_thread::get_id(); });
    worker.submit("two", [&](WorkerContext&) { second = std::this_thread::get_id(); });
    QTRY_COMPARE(diary.ended().size(), 2u);
    QVERIFY(first.load() != std::this_thread::get_id());
    QVERIFY(first.load() == second.load());
}

void WorkerTest::endsAJobOnce_data() {
    QTest::addColumn<Worker::Work>("work");
    QTest::addColumn<JobEnd>("end");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, const Worker::Work& work, JobEnd end, const QString& message) {
        QTest::newRow(name) << work << end << message;
    };
    row("comes to its end", [](WorkerContext&) {}, JobEnd::Done, {});
    row("stops itself", [](WorkerContext&) { throw Stopped(); }, JobEnd::Stopped, {});
    row("throws an Error", [](WorkerContext&) { throw Error("holds no picture", "harbour.png", "Choose another."); },
        JobEnd::Failed, "harbour.png: holds no picture. Choose another.");
    row("throws something else", [](WorkerContext&) { throw std::runtime_error("The disk is gone."); }, JobEnd::Failed,
        "The disk is gone.");
    row("takes too much memory", [](WorkerContext&) { throw std::bad_alloc(); }, JobEnd::Failed,
        "There was not enough memory. Close other programs or use a smaller model.");
}

void WorkerTest::endsAJobOnce() {
    QFETCH(Worker::Work, work);
    QFETCH(QString, message);
    Worker worker;
    Diary diary(worker);
    const auto job = worker.submit("job", work);
    QTRY_VERIFY(diary.isOver(job));
    worker.shutDown();
    QTEST(diary.endOf(job), "end");
    QCOMPARE(diary.messageOf(job), message);
}

void WorkerTest::goesOnAfterAFailure() {
    Worker worker;
    Diary diary(worker);
    const auto failing = worker.submit("failing", [](WorkerContext&) { throw std::runtime_error("no"); });
    const auto next = worker.submit("next", [](WorkerContext&) {});
    QTRY_VERIFY(diary.isOver(next));
    QCOMPARE(diary.endOf(failing), JobEnd::Failed);
    QCOMPARE(diary.endOf(next), JobEnd::Done);
    QTRY_VERIFY(worker.isIdle());
}

void WorkerTest::refusesToWorkWithoutAModel() {
    Worker worker;
    Diary diary(worker);
    const auto job = worker.submit("answer", [](WorkerContext& context) { context.loaded(); });
    QTRY_VERIFY(diary.isOver(job));
    QCOMPARE(diary.endOf(job), JobEnd::Failed);
    QVERIFY2(diary.messageOf(job).contains("no model is loaded"), qPrintable(diary.messageOf(job)));
}

void WorkerTest::stopsTheRunningJobAndNoOther() {
    Worker worker;
    Diary diary(worker);
    const auto running = worker.submit("running", untilStopped);
    const auto waiting = worker.submit("waiting", [](WorkerContext&) {});
    QTRY_COMPARE(diary.starts().size(), 1u);
    QVERIFY(!worker.isIdle());
    worker.stop(running);
    QTRY_VERIFY(diary.isOver(waiting));
    QCOMPARE(diary.endOf(running), JobEnd::Stopped);
    QCOMPARE(diary.endOf(waiting), JobEnd::Done);
}

void WorkerTest::neverBeginsAJobThatWasStoppedInTheQueue() {
    Worker worker;
    Diary diary(worker);
    const auto running = worker.submit("running", untilStopped);
    QTRY_COMPARE(diary.starts().size(), 1u);
    std::atomic<bool> begun = false;
    const auto waiting = worker.submit("waiting", [&](WorkerContext&) { begun = true; });
    worker.stop(waiting);
    QCOMPARE(diary.endOf(waiting), JobEnd::Stopped);  // at once, not when its turn would have come
    worker.stop(running);
    QTRY_VERIFY(diary.isOver(running));
    worker.shutDown();
    QVERIFY(!begun);
    QCOMPARE(diary.starts().size(), 1u);
    QVERIFY(diary.eachOnce());
}

void WorkerTest::doesNothingForAJobThatHasEnded() {
    Worker worker;
    Diary diary(worker);
    const auto job = worker.submit("job", [](WorkerContext&) {});
    QTRY_VERIFY(worker.isIdle());
    worker.stop(job);
    worker.stop(job + 1);  // nobody's
    worker.stopAll();
    const auto next = worker.submit("next", [](WorkerContext&) {});
    QTRY_VERIFY(diary.isOver(next));
    QCOMPARE(diary.endOf(job), JobEnd::Done);
    QCOMPARE(diary.endOf(next), JobEnd::Done);
}

void WorkerTest::stopsEverything() {
    Worker worker;
    Diary diary(worker);
    QList<JobId> jobs;
    for (int i = 0; i < 10; ++i) jobs.append(worker.submit("job", untilStopped));
    QTRY_COMPARE(diary.starts().size(), 1u);
    worker.stopAll();
    QTRY_VERIFY(worker.isIdle());
    QCOMPARE(diary.ended().size(), 10u);
    for (const auto job : jobs) QCOMPARE(diary.endOf(job), JobEnd::Stopped);
}

void WorkerTest::endsJobsOnceWheneverTheyAreStopped() {
    constexpr int count = 2000;
    Worker worker;
    Diary diary(worker);
    std::atomic<int> done = 0;
    std::atomic<JobId> latest = 0;
    std::jthread stopper([&](const std::stop_token& over) {
        QRandomGenerator random(7);
        while (!over.stop_requested()) {
            if (const auto last = latest.load(); last > 0) worker.stop(last - random.bounded(std::min<JobId>(last, 8)));
            if (random.bounded(200) == 0) worker.stopAll();
        }
    });
    for (int i = 0; i < count; ++i)
        latest = worker.submit("job", [&done, i](WorkerContext& context) {
            for (int step = 0; step < i % 50; ++step)
                if (context.control.stop.stop_requested()) throw Stopped();
            ++done;
        });
    QTRY_COMPARE(diary.ended().size(), std::size_t{count});
    stopper.request_stop();
    stopper.join();
    worker.shutDown();
    QVERIFY(diary.eachOnce());
    int saidDone = 0;
    for (JobId job = 1; job <= count; ++job) saidDone += diary.endOf(job) == JobEnd::Done;
    QCOMPARE(saidDone, done.load());
}

void WorkerTest::takesJobsFromManyThreads() {
    constexpr int threads = 8, each = 200;
    Worker worker;
    Diary diary(worker);
    std::atomic<int> ran = 0;
    {
        std::vector<std::jthread> callers;
        for (int i = 0; i < threads; ++i)
            callers.emplace_back([&] {
                JobId before = 0;
                for (int k = 0; k < each; ++k) {
                    const auto job = worker.submit("job", [&](WorkerContext&) { ++ran; });
                    if (job <= before) qFatal("an id came twice");
                    before = job;
                }
            });
    }
    QTRY_COMPARE(diary.ended().size(), std::size_t{threads * each});
    worker.shutDown();
    QVERIFY(diary.eachOnce());
    QCOMPARE(ran.load(), threads * each);
}

void WorkerTest::endsEverythingWhenItIsDestroyed() {
    for (int round = 0; round < 50; ++round) {  // at once, while it runs, and in between
        auto worker = std::make_unique<Worker>();
        Diary diary(*worker);
        QList<JobId> jobs;
        for (int i = 0; i < 5; ++i) jobs.append(worker->submit("job", untilStopped));
        if (round % 2) QTRY_COMPARE(diary.starts().size(), 1u);
        worker.reset();
        QCOMPARE(diary.ended().size(), 5u);
        for (const auto job : jobs) QCOMPARE(diary.endOf(job), JobEnd::Stopped);
    }
}

void WorkerTest::dropsWhatComesAfterTheShutdown() {
    Worker worker;
    Diary diary(worker);
    worker.shutDown();
    std::atomic<bool> begun = false;
    const auto late = worker.submit("late", [&](WorkerContext&) { begun = true; });
    QVERIFY(!diary.isOver(late));  // whoever submitted it knows its number first
    QTRY_VERIFY(diary.isOver(late));
    QCOMPARE(diary.endOf(late), JobEnd::Stopped);
    QVERIFY(!begun);
    QVERIFY(worker.isIdle());
    worker.shutDown();
}

void WorkerTest::deliversResultsBeforeTheEnd() {
    Worker worker;
    QList<int> seen;
    QList<qsizetype> seenAtEnd;
    connect(this, &WorkerTest::found, &worker, [&](int number) { seen.append(number); }, Qt::QueuedConnection);
    connect(&worker, &Worker::ended, &worker, [&] { seenAtEnd.append(seen.size()); }, Qt::QueuedConnection);
    for (int job = 0; job < 10; ++job)
        worker.submit("job", [this, job](WorkerContext&) {
            for (int i = 0; i < 100; ++i) emit found(100 * job + i);
        });
    QTRY_COMPARE(seenAtEnd.size(), 10);
    for (int job = 0; job < 10; ++job) QCOMPARE(seenAtEnd[job], 100 * (job + 1));
    for (int i = 0; i < 1000; ++i) QCOMPARE(seen[i], i);
    disconnect(this, nullptr, nullptr, nullptr);
}

void WorkerTest::reportsProgressAtMostTwentyTimesASecond() {
    Worker worker;
    Diary diary(worker);
    const auto job = worker.submit("job", [&](WorkerContext& context) {
        QElapsedTimer clock;
        clock.start();
        for (auto now = clock.elapsed(); now < 300; now = clock.elapsed())
            context.control.progress({"going", static_cast<double>(now) / 400});
        for (int part = 0; part < 100; ++part) context.control.progress({"at its end", 1});
    });
    QTRY_VERIFY(diary.isOver(job));
    const auto reports = diary.reports();
    QVERIFY(reports.size() >= 2);
    QCOMPARE(reports.back().share, 1.0);  // the end is never held back
    for (std::size_t i = 1; i + 1 < reports.size(); ++i)
        QVERIFY2(reports[i].at - reports[i - 1].at >= 49, qPrintable(QString::number(reports[i].at)));
}

void WorkerTest::guessesTheTimeLeft() {
    Worker worker;
    Diary diary(worker);
    worker.submit("job", [&](WorkerContext& context) {
        context.control.progress({"begins", 0});
        QTest::qSleep(200);
        context.control.progress({"is half done", 0.5});
    });
    QTRY_COMPARE(diary.reports().size(), 2u);
    const auto reports = diary.reports();
    QCOMPARE(reports[0].task, "begins");
    QVERIFY(reports[0].secondsLeft < 0);
    QVERIFY(reports[1].secondsLeft >= 0.2);  // as long as it has taken
}

QTEST_GUILESS_MAIN(WorkerTest)
#include "worker_test.moc"
