#pragma once

#include <QElapsedTimer>
#include <QFile>
#include <QObject>
#include <QTimer>
#include <utility>
#include <vector>

namespace fusionscope::tests {

/// Says how long the thread that made it went without serving events: a window that stands still.
///
/// Time in which the thread was ready but other processes had its core does not count, where the system tells it
/// (Linux, /proc/thread-self/schedstat).
class StallWatchdog : public QObject {
  public:
    explicit StallWatchdog(double limitMilliseconds = 50) : m_limit(limitMilliseconds), m_schedule("/proc/thread-self/schedstat") {
        m_schedule.open(QIODevice::ReadOnly | QIODevice::Unbuffered);
        m_timer.setTimerType(Qt::PreciseTimer);
        m_timer.setInterval(interval);
        connect(&m_timer, &QTimer::timeout, this, [this] { look(); });
        m_clock.start();
        m_waitedBefore = waited();
        m_timer.start();
    }

    /// Milliseconds of each stall over the limit, in their order.
    const std::vector<double>& stalls() {
        look();
        return m_stalls;
    }
    /// The same, and begins a new list.
    std::vector<double> takeStalls() {
        look();
        return std::exchange(m_stalls, {});
    }
    double longest() {
        look();
        return m_longest;
    }

  private:
    static constexpr int interval = 5;

    void look() {
        const double passed = static_cast<double>(m_clock.nsecsElapsed()) / 1e6;
        m_clock.restart();
        const double waitedNow = waited();
        const double stall = passed - (waitedNow - m_waitedBefore) - interval;
        m_waitedBefore = waitedNow;
        m_longest = std::max(m_longest, stall);
        if (stall > m_limit) m_stalls.push_back(stall);
    }

    /// Milliseconds that this thread has waited for a core.
    double waited() {
        if (!m_schedule.isOpen() || !m_schedule.seek(0)) return 0;
        return m_schedule.readAll().split(' ').value(1).toDouble() / 1e6;
    }

    double m_limit, m_longest = 0, m_waitedBefore = 0;
    std::vector<double> m_stalls;
    QFile m_schedule;
    QElapsedTimer m_clock;
    QTimer m_timer;
};

}  // namespace fusionscope::tests
