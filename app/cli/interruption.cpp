#include "app/cli/interruption.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>

#include "app/cli/command.h"

namespace fusionscope::cli {

namespace {

enum class Phase { Idle, Running, Asked };

// A signal handler may touch nothing but these.
std::atomic<Phase> phase{Phase::Idle};
std::array<int, 2> wire{-1, -1};

// Guards the stop source, which the watcher uses too.
std::mutex sourceMutex;

void onSignal(int signal) {
    Phase running = Phase::Running;
    if (phase.compare_exchange_strong(running, Phase::Asked)) {
        const char stop = 's';
        [[maybe_unused]] const auto written = write(wire[1], &stop, 1);
    } else if (phase == Phase::Idle) {
        _exit(StoppedByPerson);
    } else {
        ::signal(signal, SIG_DFL);
        raise(signal);
    }
}

}  // namespace

Interruption::Interruption() {
    if (pipe2(wire.data(), O_CLOEXEC) != 0) return;  // without a pipe a signal does what it always does
    m_watcher = std::thread([this] {
        for (char message = 0; read(wire[0], &message, 1) == 1 && message == 's';) {
            const std::lock_guard lock(sourceMutex);
            if (phase == Phase::Asked) m_source.request_stop();  // unless the task has ended meanwhile
        }
    });
    struct sigaction action {};
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

Interruption::~Interruption() {
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGTERM, SIG_DFL);
    if (!m_watcher.joinable()) return;
    const char quit = 'q';
    [[maybe_unused]] const auto written = write(wire[1], &quit, 1);
    m_watcher.join();
    close(wire[0]);
    close(wire[1]);
}

std::stop_token Interruption::begin() {
    const std::lock_guard lock(sourceMutex);
    m_source = std::stop_source();
    phase = Phase::Running;
    return m_source.get_token();
}

void Interruption::end() { phase = Phase::Idle; }

}  // namespace fusionscope::cli
