#pragma once

#include <c10/core/Device.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace fusionscope::train {

/// Makes items on threads of its own, some ahead of their use, and gives them out in the order of their numbers.
template <class Item>
class Feed {
  public:
    /// @param make called with the numbers from 0 on, by all threads at once; what it refers to must outlive the feed
    /// @param ahead items that are made or wait at most; at least one for each thread
    Feed(std::function<Item(uint64_t)> make, std::size_t ahead, std::size_t threads = 1)
        : m_make(std::move(make)), m_ahead(std::max(ahead, threads)) {
        for (std::size_t i = 0; i < threads; ++i) m_threads.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }

    /// The next item. @throws what making it threw
    Item next() {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_made.contains(m_wanted) || m_failures.contains(m_wanted); });
        if (const auto failure = m_failures.find(m_wanted); failure != m_failures.end()) std::rethrow_exception(failure->second);
        Item item = std::move(m_made.extract(m_wanted++).mapped());
        m_changed.notify_all();
        return item;
    }

  private:
    void work(const std::stop_token& stop) {
        while (true) {
            std::unique_lock lock(m_mutex);
            if (!m_changed.wait(lock, stop, [this] { return m_begun < m_wanted + m_ahead; }) || stop.stop_requested()) return;
            const uint64_t number = m_begun++;
            lock.unlock();
            try {
                Item item = m_make(number);
                lock.lock();
                m_made.emplace(number, std::move(item));
            } catch (...) {
                if (!lock.owns_lock()) lock.lock();
                m_failures.emplace(number, std::current_exception());
            }
            m_changed.notify_all();
        }
    }

    std::function<Item(uint64_t)> m_make;
    std::size_t m_ahead;
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::map<uint64_t, Item> m_made;
    std::map<uint64_t, std::exception_ptr> m_failures;
    uint64_t m_begun = 0, m_wanted = 0;
    std::vector<std::jthread> m_threads;  // last: they use all of the above
};

/// Threads that make items for a device: beside a GPU half of the processor's, for two of a core paint no faster than one;
/// else one, for the others compute.
inline std::size_t feedThreads(c10::Device device) { return device.is_cpu() ? 1 : std::thread::hardware_concurrency() / 2 + 1; }

}  // namespace fusionscope::train
