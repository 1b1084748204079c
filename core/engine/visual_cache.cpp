#include "core/engine/visual_cache.h"

namespace fusionscope::engine {

namespace {

uint64_t bytesOf(const VisualState& state) {
    auto bytes = static_cast<uint64_t>(state.rows.nbytes());
    if (state.blocks)
        for (const auto& block : {state.blocks->image, state.blocks->caption, state.blocks->ocr, state.blocks->grounding})
            bytes += static_cast<uint64_t>(block.nbytes());
    return bytes;
}

}  // namespace

std::shared_ptr<const VisualState> VisualCache::find(const std::string& key) {
    const auto found = m_index.find(key);
    if (found == m_index.end()) return nullptr;
    m_entries.splice(m_entries.begin(), m_entries, found->second);
    return found->second->state;
}

std::shared_ptr<const VisualState> VisualCache::put(const std::string& key, at::Tensor rows,
                                                    std::optional<fusion::FeatureBlocks> blocks) {
    auto state = std::make_shared<const VisualState>(VisualState{std::move(rows), m_nextSerial++, std::move(blocks)});
    const auto bytes = bytesOf(*state);
    if (bytes > m_byteLimit || m_index.contains(key)) return state;
    while (m_bytes + bytes > m_byteLimit) {
        m_bytes -= bytesOf(*m_entries.back().state);
        m_index.erase(m_entries.back().key);
        m_entries.pop_back();
    }
    m_entries.push_front({key, state});
    m_index[key] = m_entries.begin();
    m_bytes += bytes;
    return state;
}

std::shared_ptr<const VisualState> VisualCache::unkept(at::Tensor rows) {
    return std::make_shared<const VisualState>(VisualState{std::move(rows), m_nextSerial++, {}});
}

void VisualCache::clear() {
    m_entries.clear();
    m_index.clear();
    m_bytes = 0;
}

}  // namespace fusionscope::engine
