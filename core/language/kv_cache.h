#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <vector>

#include "core/language/decoder_config.h"

namespace fusionscope::language {

/// Keys (already rotated) and values of every layer for the tokens a decoder has read.
///
/// Room is made for some tokens more than there are, and when they have come for half as many again, so a new token is
/// written in place and the whole is copied seldom. A pass that is stopped or fails half-way leaves the cache as it was
/// before: tokens count from commit() on.
///
/// It may hold less exact numbers than passes compute in: rounded to the nearest, and in fp16 those beyond ±mostHalf as
/// that, so that none becomes infinite.
class KvCache {
  public:
    static constexpr float mostHalf = 65504;
    struct Seen {
        Tensor keys, values;  ///< [batch, kv heads, length, head width]
    };

    /// Prefer Decoder::newCache(). Takes no memory until the first token.
    /// @param type of keys and values, kFloat, kBFloat16 or kHalf; @param inputType of input rows
    KvCache(const DecoderConfig& config, c10::ScalarType type, c10::ScalarType inputType, c10::Device device,
            int64_t batch = 1);

    /// Another one that holds the same tokens: two texts that begin alike.
    KvCache twin() const;

    /// Tokens committed.
    int64_t length() const { return m_length; }
    int64_t batch() const { return m_batch; }
    /// What it holds keys and values in.
    c10::ScalarType type() const { return m_type; }
    c10::Device device() const { return m_device; }
    /// Memory taken, unused room included.
    int64_t bytes() const;
    /// Keeps the first `length` tokens: what a new request shares with the last one. Room is kept.
    void truncate(int64_t length);
    /// Makes room for `length` tokens in one go.
    void reserve(int64_t length);

    /// For the decoder: writes the newest tokens of one layer, and gives all of that layer's, these included, in their
    /// type: where the cache lies, or as a copy where it holds another type.
    /// @param keys, values [batch, kv heads, n, head width]
    Seen append(int64_t layer, const Tensor& keys, const Tensor& values);
    /// For the decoder: a layer's tokens and the room behind them, where it may write the newest ones itself.
    /// [batch, kv heads, room, head width] after reserve()
    const Seen& room(int64_t layer) const { return m_layers[static_cast<size_t>(layer)]; }
    /// For the decoder: the n tokens that were appended to every layer now count.
    void commit(int64_t n) { m_length += n; }

    /// Of LongRope models the cache also keeps the decoder's input rows, [batch, length, hidden] and little beside keys
    /// and values: when the frequencies change with the length, the text has to be read again.
    bool keepsInputs() const { return m_keepsInputs; }
    Tensor inputs() const;
    /// For the decoder: writes the newest input rows. Does nothing for other models.
    void appendInputs(const Tensor& embeddings);
    /// For the decoder: which frequencies the keys were rotated by.
    RopeKind ropeKind = RopeKind::Short;

  private:
    Tensor extend(const Tensor& room, const Tensor& newest) const;

    int64_t m_batch, m_kvHeads, m_headWidth, m_hidden;
    c10::ScalarType m_type, m_inputType;
    c10::Device m_device;
    bool m_keepsInputs;
    int64_t m_length = 0, m_capacity = 0;
    std::vector<Seen> m_layers;  // [batch, kv heads, capacity, head width]
    Tensor m_inputs;             // [batch, capacity, hidden]
};

}  // namespace fusionscope::language
