#include "core/language/kv_cache.h"

#include <ATen/ATen.h>
#include <ATen/record_function.h>

#include <algorithm>

namespace fusionscope::language {

namespace {

constexpr int64_t spareRoom = 256;  // tokens

/// A buffer with more room along `axis`, its first `used` entries those of the old one.
Tensor grown(const Tensor& old, std::vector<int64_t> shape, int64_t axis, int64_t used,
             const at::TensorOptions& options) {
    Tensor buffer = at::empty(shape, options);
    if (used > 0) buffer.narrow(axis, 0, used).copy_(old.narrow(axis, 0, used));
    return buffer;
}

}  // namespace

KvCache::KvCache(const DecoderConfig& config, c10::ScalarType type, c10::ScalarType inputType, c10::Device device,
                 int64_t batch)
    : m_batch(batch),
      m_kvHeads(config.kvHeads),
      m_headWidth(config.headWidth),
      m_hidden(config.hidden),
      m_type(type),
      m_inputType(inputType),
      m_device(device),
      m_keepsInputs(config.rope.scaling == RopeScaling::LongRope),
      m_layers(static_cast<size_t>(config.layers)) {}

KvCache KvCache::twin() const {
    KvCache other = *this;
    other.m_capacity = 0;
    other.reserve(m_length);
    return other;
}

int64_t KvCache::bytes() const {
    int64_t total = m_inputs.defined() ? static_cast<int64_t>(m_inputs.nbytes()) : 0;
    for (const auto& layer : m_layers)
        if (layer.keys.defined()) total += static_cast<int64_t>(layer.keys.nbytes() + layer.values.nbytes());
    return total;
}

void KvCache::truncate(int64_t length) {
    m_length = std::clamp<int64_t>(length, 0, m_length);
    if (m_length == 0) ropeKind = RopeKind::Short;
}

void KvCache::reserve(int64_t length) {
    if (length <= m_capacity) return;
    const int64_t room = std::max(length + spareRoom, m_capacity + m_capacity / 2);
    const auto options = at::TensorOptions().device(m_device);
    for (auto& layer : m_layers)
        for (Tensor* part : {&layer.keys, &layer.values})
            *part = grown(*part, {m_batch, m_kvHeads, room, m_headWidth}, 2, m_length, options.dtype(m_type));
    if (m_keepsInputs) m_inputs = grown(m_inputs, {m_batch, room, m_hidden}, 1, m_length, options.dtype(m_inputType));
    m_capacity = room;
}

KvCache::Seen KvCache::append(int64_t layer, const Tensor& keys, const Tensor& values) {
    RECORD_USER_SCOPE("cache");
    reserve(m_length + keys.size(2));
    const auto& room = m_layers[static_cast<size_t>(layer)];
    return {extend(room.keys, keys), extend(room.values, values)};
}

/// Writes the newest keys or values into a layer's room, and gives all.
Tensor KvCache::extend(const Tensor& room, const Tensor& newest) const {
    const int64_t added = newest.size(2);
    const bool rounds = newest.scalar_type() != m_type;
    const bool clamps = rounds && m_type == c10::kHalf;
    room.narrow(2, m_length, added).copy_(clamps ? newest.to(c10::kFloat).clamp(-mostHalf, mostHalf) : newest);
    return room.narrow(2, 0, m_length + added).to(newest.scalar_type());
}

Tensor KvCache::inputs() const {
    return m_inputs.narrow(1, 0, m_length);
}

void KvCache::appendInputs(const Tensor& embeddings) {
    if (!m_keepsInputs) return;
    reserve(m_length + embeddings.size(1));
    m_inputs.narrow(1, m_length, embeddings.size(1)).copy_(embeddings);
}

}  // namespace fusionscope::language
