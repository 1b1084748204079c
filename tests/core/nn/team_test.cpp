#include "core/nn/kernels/team.h"

#include <sys/resource.h>

#include <QtTest>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

using fusionscope::nn::kernels::Team;
using namespace std::chrono_literals;

namespace {

/// Processor time of all threads of this process so far.
std::chrono::microseconds processorTime() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return std::chrono::seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           std::chrono::microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

}  // namespace

class TeamTest : public QObject {
    Q_OBJECT

  private slots:
    void eachNumberIsWorkedOnOnce_data() {
        QTest::addColumn<int>("threads");
        for (int threads : {1, 2, 3, 8}) QTest::addRow("%d threads", threads) << threads;
    }
    void eachNumberIsWorkedOnOnce() {
        QFETCH(int, threads);
        Team team(threads);
        QCOMPARE(team.threads(), threads);
        const Team::Shift shift(team);
        for (const int64_t count : {0, 1, 7, 64, 1000})
            for (const int64_t grain : {0, 1, 3, 64, 5000}) {
                std::vector<std::atomic<int>> visits(static_cast<size_t>(count));
                team.share(count, grain, [&](int64_t first, int64_t last) {
                    for (int64_t i = first; i < last; ++i) ++visits[static_cast<size_t>(i)];
                });
                for (const auto& visit : visits) QCOMPARE(visit.load(), 1);
            }
    }

    void piecesFollowEachOtherInOrder() {
        // Each piece reads what the one before it wrote, without any protection of its own.
        Team team(4);
        std::vector<int64_t> from(257, 0), to(257, 0);
        for (int round = 0; round < 50; ++round) {
            const Team::Shift shift(team);
            for (int piece = 0; piece < 200; ++piece) {
                team.share(std::ssize(to), 5, [&](int64_t first, int64_t last) {
                    for (int64_t i = first; i < last; ++i)
                        to[static_cast<size_t>(i)] = from[static_cast<size_t>((i + 1) % 257)] + 1;
                });
                std::swap(from, to);
            }
        }
        QVERIFY(std::ranges::all_of(from, [](int64_t value) { return value == 50 * 200; }));
    }

    void severalThreadsTakePart() {
        Team team(3);
        const Team::Shift shift(team);
        std::atomic<int> present = 0;
        // Nobody leaves a chunk before all three are in one.
        team.share(3, 1, [&](int64_t, int64_t) {
            ++present;
            while (present < 3) std::this_thread::yield();
        });
        QCOMPARE(present.load(), 3);
    }

    void whoIsLateIsNotWaitedFor() {
        // The helper is held up in the middle of a chunk; all others are done without it, and then it is waited for.
        Team team(2);
        const Team::Shift shift(team);
        const auto caller = std::this_thread::get_id();
        std::atomic<int> done = 0;
        std::atomic<bool> held = false;
        team.share(40, 1, [&](int64_t, int64_t) {
            if (std::this_thread::get_id() == caller) {
                while (!held) std::this_thread::yield();
            } else {
                held = true;
                while (done < 39) std::this_thread::yield();
            }
            ++done;
        });
        QCOMPARE(done.load(), 40);
    }

    void whoeverWaitsForAChunkSleeps() {
        Team team(2);
        const Team::Shift shift(team);
        const auto caller = std::this_thread::get_id();
        std::atomic<bool> held = false;
        const auto before = processorTime();
        team.share(2, 1, [&](int64_t, int64_t) {
            if (std::this_thread::get_id() == caller) {
                while (!held) std::this_thread::yield();
            } else {
                held = true;
                std::this_thread::sleep_for(300ms);
            }
        });
        QVERIFY((processorTime() - before) < 150ms);
    }

    void aTeamWithoutWorkSleeps() {
        Team team(8);
        {
            const Team::Shift shift(team);
            team.share(100, 1, [](int64_t, int64_t) {});
            const auto before = processorTime();
            std::this_thread::sleep_for(300ms);
            QVERIFY((processorTime() - before) < 150ms);
        }
        const auto before = processorTime();
        std::this_thread::sleep_for(300ms);
        QVERIFY((processorTime() - before) < 150ms);
    }

    void teamsComeAndGo() {
        for (int i = 0; i < 100; ++i) {
            Team team(1 + i % 5);
            if (i % 3 == 0) continue;  // never worked
            std::atomic<int64_t> sum = 0;
            const Team::Shift shift(team);
            team.share(100, 7, [&](int64_t first, int64_t last) {
                for (int64_t number = first; number < last; ++number) sum += number;
            });
            QCOMPARE(sum.load(), 4950);
        }
    }
};

QTEST_GUILESS_MAIN(TeamTest)
#include "team_test.moc"
