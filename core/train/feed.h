#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace fusionscope::train {

/// Makes items in the order of their numbers on a thread of its own, some ahead of their use.
template <class Item>
class Feed {
  public:
    /// @param make called on the feed's thread, with first, first+1, …
    Feed(std::function<Item(uint64_t)> make, uint64_t first, std::size_t ahead)
        : m_make(std::move(make)), m_ahead(ahead), m_thread([this, first](const std::stop_token& stop) { work(stop, first); }) {}

    /// The next item. @throws what making it threw
    Item next() {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return !m_items.empty() || m_failure; });
        if (m_items.empty()) std::rethrow_exception(m_failure);
        Item item = std::move(m_items.front());
        m_items.pop_front();
        m_changed.notify_all();
        return item;
    }

  private:
    void work(const std::stop_token& stop, uint64_t index) {
        try {
            while (!stop.stop_requested()) {
                Item item = m_make(index++);
                std::unique_lock lock(m_mutex);
                m_changed.wait(lock, stop, [this] { return m_items.size() < m_ahead; });
                m_items.push_back(std::move(item));
                m_changed.notify_all();
            }
        } catch (...) {
            const std::lock_guard lock(m_mutex);
            m_failure = std::current_exception();
            m_changed.notify_all();
        }
    }

    std::function<Item(uint64_t)> m_make;
    std::size_t m_ahead;
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::deque<Item> m_items;
    std::exception_ptr m_failure;
    std::jthread m_thread;  // last: it uses all of the above
};

}  // namespace fusionscope::train
