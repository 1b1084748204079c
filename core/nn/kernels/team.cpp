#include "core/nn/kernels/team.h"

#include <algorithm>
#include <chrono>
#include <system_error>

namespace fusionscope::nn::kernels {

namespace {

constexpr int chunkBits = 24;
constexpr uint64_t chunkMask = (uint64_t{1} << chunkBits) - 1;
/// Longer than what lies between two pieces or what a chunk takes, much shorter than what the system gives another
/// program at a time.
constexpr auto patience = std::chrono::microseconds(50);
/// After a shift: another one often follows at once.
constexpr auto linger = std::chrono::microseconds(10);

void relax() {
#ifdef __x86_64__
    __builtin_ia32_pause();
#else
    std::this_thread::yield();
#endif
}

/// Looks again and again; false when that has taken too long.
template <class Condition>
bool spinUntil(const Condition& condition, std::chrono::microseconds atMost) {
    using Clock = std::chrono::steady_clock;
    constexpr int looksPerTime = 32;
    const auto end = Clock::now() + atMost;
    do {
        for (int look = 0; look < looksPerTime; ++look) {
            if (condition()) return true;
            relax();
        }
    } while (Clock::now() < end);
    return false;
}

}  // namespace

Team::Team(int threads) {
    m_helpers.reserve(static_cast<size_t>(std::max(threads - 1, 0)));
    try {
        for (int i = 1; i < threads; ++i) m_helpers.emplace_back([this] { serve(); });
    } catch (const std::system_error&) {
        // No more threads are to be had: those that are here do the work.
    }
}

Team::~Team() {
    m_closed = true;
    ring();
    for (auto& helper : m_helpers) helper.join();
}

Team::Shift::Shift(Team& team) : m_team(team) {
    if (team.m_helpers.empty()) return;
    team.m_onShift = true;
    team.ring();
}

Team::Shift::~Shift() {
    m_team.m_onShift = false;
}

void Team::ring() {
    m_bell.fetch_add(1);
    m_bell.notify_all();
}

void Team::run(Piece piece, int64_t count, int64_t grain) {
    grain = std::max({grain, int64_t{1}, count / static_cast<int64_t>(chunkMask) + 1});
    const int64_t chunks = (count + grain - 1) / grain;
    if (chunks < 1) return;
    if (chunks == 1 || m_helpers.empty()) return piece.call(piece.work, 0, count);

    m_work.store(piece.work, std::memory_order_relaxed);
    m_call.store(piece.call, std::memory_order_relaxed);
    m_count.store(count, std::memory_order_relaxed);
    m_grain.store(grain, std::memory_order_relaxed);
    m_finished.store(0, std::memory_order_relaxed);
    const uint64_t number = (m_ticket.load(std::memory_order_relaxed) >> chunkBits) + 1;
    m_ticket.store(number << chunkBits | static_cast<uint64_t>(chunks), std::memory_order_release);
    ring();
    takeChunks();

    const auto all = static_cast<uint32_t>(chunks);
    if (spinUntil([&] { return m_finished.load(std::memory_order_acquire) == all; }, patience)) return;
    for (uint32_t finished = m_finished; finished != all; finished = m_finished) m_finished.wait(finished);
}

/// False when there was nothing to take.
bool Team::takeChunks() {
    bool took = false;
    uint64_t ticket = m_ticket.load(std::memory_order_acquire);
    while ((ticket & chunkMask) > 0) {
        const void* work = m_work.load(std::memory_order_relaxed);
        const Call call = m_call.load(std::memory_order_relaxed);
        const int64_t count = m_count.load(std::memory_order_relaxed), grain = m_grain.load(std::memory_order_relaxed);
        if (!m_ticket.compare_exchange_weak(ticket, ticket - 1, std::memory_order_acq_rel, std::memory_order_acquire))
            continue;
        took = true;
        const int64_t chunks = (count + grain - 1) / grain, chunk = chunks - static_cast<int64_t>(ticket & chunkMask);
        call(work, chunk * grain, std::min(count, (chunk + 1) * grain));
        if (m_finished.fetch_add(1) + 1 == static_cast<uint32_t>(chunks)) m_finished.notify_one();
        ticket = m_ticket.load(std::memory_order_acquire);
    }
    return took;
}

void Team::serve() {
    while (true) {
        const uint32_t rung = m_bell;
        if (m_closed) return;
        if (takeChunks()) continue;
        const auto called = [&] { return m_bell.load(std::memory_order_acquire) != rung; };
        const bool goesOn = m_onShift ? spinUntil([&] { return called() || !m_onShift; }, patience)
                                      : spinUntil(called, linger);
        if (!goesOn) m_bell.wait(rung);
    }
}

}  // namespace fusionscope::nn::kernels
