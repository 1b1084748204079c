#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace fusionscope::nn::kernels {

/// Threads of our own for work that is handed out in pieces of some microseconds, as the steps of decoding are:
/// starting LibTorch's threads for each would take longer than the piece.
///
/// A piece is cut into chunks, and whoever is free takes the next one, the caller too. Nobody waits for a thread that
/// has not begun, so one that the system keeps from its core costs its share and no more. Threads that wait spin for
/// some ten microseconds and then sleep. LibTorch's threads must rest meanwhile; they do while the caller is in here.
class Team {
  public:
    /// @param threads 1 or more, the caller included; fewer when the system gives no more
    explicit Team(int threads);
    ~Team();
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    /// The caller included.
    int threads() const { return static_cast<int>(m_helpers.size()) + 1; }

    /// A stretch of pieces that follow each other closely: between them the threads look out for the next one. One at a
    /// time.
    class Shift {
      public:
        explicit Shift(Team& team);
        ~Shift();
        Shift(const Shift&) = delete;
        Shift& operator=(const Shift&) = delete;

      private:
        Team& m_team;
    };

    /// Calls work(first, last) for ranges that make up [0, count) and returns when all are done. During a Shift, from
    /// the thread that began it.
    /// @param grain length of a range; the last may be shorter, and one thread alone gets everything at once
    /// @param work called by several threads at the same time; must not throw
    template <class Work>
    void share(int64_t count, int64_t grain, const Work& work) {
        run({&work,
             [](const void* it, int64_t first, int64_t last) { (*static_cast<const Work*>(it))(first, last); }},
            count, grain);
    }

  private:
    using Call = void (*)(const void* work, int64_t first, int64_t last);
    struct Piece {
        const void* work;
        Call call;
    };

    void run(Piece piece, int64_t count, int64_t grain);
    bool takeChunks();
    void serve();
    void ring();

    // What one thread writes and others watch has a line of the cache for itself.
    static constexpr size_t line = 64;
    /// The number of the piece above, how many of its chunks nobody has taken below. A chunk is taken by making it one
    /// less, which fails for a thread that comes from an earlier piece; so what it read of that piece is never used.
    alignas(line) std::atomic<uint64_t> m_ticket = 0;
    std::atomic<const void*> m_work = nullptr;
    std::atomic<Call> m_call = nullptr;
    std::atomic<int64_t> m_count = 0, m_grain = 0;
    alignas(line) std::atomic<uint32_t> m_finished = 0;  ///< chunks of this piece
    alignas(line) std::atomic<uint32_t> m_bell = 0;      ///< changes with every piece; sleepers wait for that
    std::atomic<bool> m_onShift = false, m_closed = false;
    std::vector<std::thread> m_helpers;
};

}  // namespace fusionscope::nn::kernels
