#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/fusion/depth_breadth.h"

namespace fusionscope::engine {

/// An encoded picture: the rows that stand for it in a prompt.
struct VisualState {
    at::Tensor rows;      ///< [tokens, hidden]; of a SigLIP what stands for the picture, then for each patch alone
    uint64_t serial = 0;  ///< different for every encoding since the model was loaded
    std::optional<fusion::FeatureBlocks> blocks;  ///< what the rows were fused from, of models that fuse: [1, tokens, width]
};

/// Encoded pictures by content and options, the least recently used dropped when they pass a limit of bytes.
class VisualCache {
  public:
    explicit VisualCache(uint64_t byteLimit) : m_byteLimit(byteLimit) {}

    /// Null when the key is not there.
    std::shared_ptr<const VisualState> find(const std::string& key);
    /// The state is returned also when it is too large to be kept.
    std::shared_ptr<const VisualState> put(const std::string& key, at::Tensor rows,
                                           std::optional<fusion::FeatureBlocks> blocks);
    /// A state that no key leads to, with a serial of its own.
    std::shared_ptr<const VisualState> unkept(at::Tensor rows);
    void clear();

  private:
    struct Entry {
        std::string key;
        std::shared_ptr<const VisualState> state;
    };
    uint64_t m_byteLimit, m_bytes = 0, m_nextSerial = 1;
    std::list<Entry> m_entries;  // most recent first
    std::unordered_map<std::string, std::list<Entry>::iterator> m_index;
};

}  // namespace fusionscope::engine
