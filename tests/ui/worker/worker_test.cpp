#include <QElapsedTimer>
#include <QHash>
#include <QRandomGenerator>
#include <QSignalSpy>
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

/// Every end of a worker's jobs, whichever thread says it.
class Ends : public QObject {
  public:
    explicit Ends(Worker& worker) {
        connect(&worker, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
            const std::lock_guard lock(m_mutex);
            m_ends[job].append({end, message});
        }, Qt::DirectConnection);
    }

    qsizetype jobs() const {
        const std::lock_guard lock(m_mutex);
        return m_ends.size();
    }
    /// Of a job that must have ended once.
    JobEnd of(JobId job) const { return one(job).first; }
    QString messageOf(JobId job) const { return one(job).second; }
    bool isOver(JobId job) const {
        const std::lock_guard lock(m_mutex);
        return m_ends.contains(job);
    }
    bool eachOnce() const {
        const std::lock_guard lock(m_mutex);
        return std::ranges::all_of(m_ends, [](const auto& ends) { return ends.size() == 1; });
    }

  private:
    std::pair<JobEnd, QString> one(JobId job) const {
        const std::lock_guard lock(m_mutex);
        const auto ends = m_ends.value(job);
        if (ends.size() != 1) qFatal("job %llu ended %lld times", job, static_cast<long long>(ends.size()));
        return ends.front();
    }

    mutable std::mutex m_mutex;
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
    QList<int> order;  // the worker's thread alone writes it, and it is read when that has nothing to do any more
    QSignalSpy started(&worker, &Worker::started), ended(&worker, &Worker::ended);
    QList<JobId> jobs;
    for (int i = 0; i < 100; ++i)
        jobs.append(worker.submit(QString("job %1").arg(i), [i, &order](WorkerContext&) { order.append(i); }));
    QTRY_COMPARE(ended.size(), 100);
    worker.shutDown();
    for (int i = 0; i < 100; ++i) {
        QCOMPARE(order[i], i);
        QCOMPARE(started[i][0].value<JobId>(), jobs[i]);
        QCOMPARE(started[i][1].toString(), QString("job %1").arg(i));
        QCOMPARE(ended[i][0].value<JobId>(), jobs[i]);
    }
}

void WorkerTest::runsJobsInAThreadOfItsOwn() {
    Worker worker;
    Ends ends(worker);
    std::atomic<std::thread::id> first, second;
    worker.submit("one", [&](WorkerContext&) { first = std::this_thread::get_id(); });
    worker.submit("two", [&](WorkerContext&) { second = std::this_thread::get_id(); });
    QTRY_COMPARE(ends.jobs(), 2);
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
    Ends ends(worker);
    const auto job = worker.submit("job", work);
    QTRY_VERIFY(ends.isOver(job));
    worker.shutDown();
    QTEST(ends.of(job), "end");
    QCOMPARE(ends.messageOf(job), message);
}

void WorkerTest::goesOnAfterAFailure() {
    Worker worker;
    Ends ends(worker);
    const auto failing = worker.submit("failing", [](WorkerContext&) { throw std::runtime_error("no"); });
    const auto next = worker.submit("next", [](WorkerContext&) {});
    QTRY_VERIFY(ends.isOver(next));
    QCOMPARE(ends.of(failing), JobEnd::Failed);
    QCOMPARE(ends.of(next), JobEnd::Done);
    QTRY_VERIFY(worker.isIdle());
}

void WorkerTest::refusesToWorkWithoutAModel() {
    Worker worker;
    Ends ends(worker);
    const auto job = worker.submit("answer", [](WorkerContext& context) { context.loaded(); });
    QTRY_VERIFY(ends.isOver(job));
    QCOMPARE(ends.of(job), JobEnd::Failed);
    QVERIFY2(ends.messageOf(job).contains("no model is loaded"), qPrintable(ends.messageOf(job)));
}

void WorkerTest::stopsTheRunningJobAndNoOther() {
    Worker worker;
    Ends ends(worker);
    QSignalSpy started(&worker, &Worker::started);
    const auto running = worker.submit("running", untilStopped);
    const auto waiting = worker.submit("waiting", [](WorkerContext&) {});
    QTRY_COMPARE(started.size(), 1);
    QVERIFY(!worker.isIdle());
    worker.stop(running);
    QTRY_VERIFY(ends.isOver(waiting));
    QCOMPARE(ends.of(running), JobEnd::Stopped);
    QCOMPARE(ends.of(waiting), JobEnd::Done);
}

void WorkerTest::neverBeginsAJobThatWasStoppedInTheQueue() {
    Worker worker;
    Ends ends(worker);
    QSignalSpy started(&worker, &Worker::started);
    const auto running = worker.submit("running", untilStopped);
    QTRY_COMPARE(started.size(), 1);
    std::atomic<bool> begun = false;
    const auto waiting = worker.submit("waiting", [&](WorkerContext&) { begun = true; });
    worker.stop(waiting);
    QCOMPARE(ends.of(waiting), JobEnd::Stopped);  // at once, not when its turn would have come
    worker.stop(running);
    QTRY_VERIFY(ends.isOver(running));
    worker.shutDown();
    QVERIFY(!begun);
    QCOMPARE(started.size(), 1);
    QVERIFY(ends.eachOnce());
}

void WorkerTest::doesNothingForAJobThatHasEnded() {
    Worker worker;
    Ends ends(worker);
    const auto job = worker.submit("job", [](WorkerContext&) {});
    QTRY_VERIFY(worker.isIdle());
    worker.stop(job);
    worker.stop(job + 1);  // nobody's
    worker.stopAll();
    const auto next = worker.submit("next", [](WorkerContext&) {});
    QTRY_VERIFY(ends.isOver(next));
    QCOMPARE(ends.of(job), JobEnd::Done);
    QCOMPARE(ends.of(next), JobEnd::Done);
}

void WorkerTest::stopsEverything() {
    Worker worker;
    Ends ends(worker);
    QSignalSpy started(&worker, &Worker::started);
    QList<JobId> jobs;
    for (int i = 0; i < 10; ++i) jobs.append(worker.submit("job", untilStopped));
    QTRY_COMPARE(started.size(), 1);
    worker.stopAll();
    QTRY_VERIFY(worker.isIdle());
    QCOMPARE(ends.jobs(), 10);
    for (const auto job : jobs) QCOMPARE(ends.of(job), JobEnd::Stopped);
}

void WorkerTest::endsJobsOnceWheneverTheyAreStopped() {
    constexpr int count = 2000;
    Worker worker;
    Ends ends(worker);
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
    QTRY_COMPARE(ends.jobs(), count);
    stopper.request_stop();
    stopper.join();
    worker.shutDown();
    QVERIFY(ends.eachOnce());
    int saidDone = 0;
    for (JobId job = 1; job <= count; ++job) saidDone += ends.of(job) == JobEnd::Done;
    QCOMPARE(saidDone, done.load());
}

void WorkerTest::takesJobsFromManyThreads() {
    constexpr int threads = 8, each = 200;
    Worker worker;
    Ends ends(worker);
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
    QTRY_COMPARE(ends.jobs(), threads * each);
    worker.shutDown();
    QVERIFY(ends.eachOnce());
    QCOMPARE(ran.load(), threads * each);
}

void WorkerTest::endsEverythingWhenItIsDestroyed() {
    for (int round = 0; round < 50; ++round) {  // at once, while it runs, and in between
        auto worker = std::make_unique<Worker>();
        Ends ends(*worker);
        QSignalSpy started(worker.get(), &Worker::started);
        QList<JobId> jobs;
        for (int i = 0; i < 5; ++i) jobs.append(worker->submit("job", untilStopped));
        if (round % 2) QTRY_COMPARE(started.size(), 1);
        worker.reset();
        QCOMPARE(ends.jobs(), 5);
        for (const auto job : jobs) QCOMPARE(ends.of(job), JobEnd::Stopped);
    }
}

void WorkerTest::dropsWhatComesAfterTheShutdown() {
    Worker worker;
    Ends ends(worker);
    worker.shutDown();
    std::atomic<bool> begun = false;
    const auto late = worker.submit("late", [&](WorkerContext&) { begun = true; });
    QVERIFY(!ends.isOver(late));  // whoever submitted it knows its number first
    QTRY_VERIFY(ends.isOver(late));
    QCOMPARE(ends.of(late), JobEnd::Stopped);
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
    Ends ends(worker);
    QElapsedTimer clock;
    clock.start();
    std::vector<std::pair<qint64, double>> reports;  // milliseconds and share; the worker's thread writes them
    connect(&worker, &Worker::progressed, &worker, [&](JobId, const QString&, double share) {
        reports.emplace_back(clock.elapsed(), share);
    }, Qt::DirectConnection);
    const auto job = worker.submit("job", [&](WorkerContext& context) {
        const auto begin = clock.elapsed();
        for (auto now = begin; now < begin + 300; now = clock.elapsed())
            context.control.progress({"going", static_cast<double>(now - begin) / 400});
        for (int part = 0; part < 100; ++part) context.control.progress({"at its end", 1});
    });
    QTRY_VERIFY(ends.isOver(job));
    worker.shutDown();
    QVERIFY(reports.size() >= 2);
    QCOMPARE(reports.back().second, 1.0);  // the end is never held back
    for (std::size_t i = 1; i + 1 < reports.size(); ++i)
        QVERIFY2(reports[i].first - reports[i - 1].first >= 49, qPrintable(QString::number(reports[i].first)));
}

void WorkerTest::guessesTheTimeLeft() {
    Worker worker;
    QSignalSpy progressed(&worker, &Worker::progressed);
    worker.submit("job", [&](WorkerContext& context) {
        context.control.progress({"begins", 0});
        QTest::qSleep(200);
        context.control.progress({"is half done", 0.5});
    });
    QTRY_COMPARE(progressed.size(), 2);
    QCOMPARE(progressed[0][1].toString(), "begins");
    QVERIFY(progressed[0][3].toDouble() < 0);
    QVERIFY(progressed[1][3].toDouble() >= 0.2);  // as long as it has taken
}

QTEST_GUILESS_MAIN(WorkerTest)
#include "worker_test.moc"
