#include "core/engine/visual_cache.h"

namespace fusionscope::engine {

std::shared_ptr<const VisualState> VisualCache::find(const std::string& key) {
    const auto found = m_index.find(key);
    if (found == m_index.end()) return nullptr;
    m_entries.splice(m_entries.begin(), m_entries, found->second);
    return found->second->state;
}

std::shared_ptr<const VisualState> VisualCache::put(const std::string& key, at::Tensor rows) {
    const auto bytes = static_cast<uint64_t>(rows.nbytes());
    auto state = std::make_shared<const VisualState>(VisualState{std::move(rows), m_nextSerial++});
    if (bytes > m_byteLimit || m_index.contains(key)) return state;
    while (m_bytes + bytes > m_byteLimit) {
        m_bytes -= static_cast<uint64_t>(m_entries.back().state->rows.nbytes());
        m_index.erase(m_entries.back().key);
        m_entries.pop_back();
    }
    m_entries.push_front({key, state});
    m_index[key] = m_entries.begin();
    m_bytes += bytes;
    return state;
}

void VisualCache::clear() {
    m_entries.clear();
    m_index.clear();
    m_bytes = 0;
}

}  // namespace fusionscope::engine
