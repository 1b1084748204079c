#pragma once

// Makes files of checkpoints byte by byte, so that tests can also make wrong ones.

#include <QFile>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/files/dequantize.h"

namespace fusionscope::test {

inline void writeFile(const std::filesystem::path& path, std::string_view bytes) {
    std::filesystem::create_directories(path.parent_path());
    QFile file(QString::fromStdString(path.string()));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes.data(), static_cast<qint64>(bytes.size())) < 0)
        qFatal("cannot write %s", path.c_str());
}

inline std::string readFile(const std::filesystem::path& path) {
    QFile file(QString::fromStdString(path.string()));
    if (!file.open(QIODevice::ReadOnly)) qFatal("cannot read %s", path.c_str());
    return file.readAll().toStdString();
}

/// A tensor's values as floats.
inline std::vector<float> values(const files::TensorEntry& entry) {
    std::vector<float> result(static_cast<std::size_t>(entry.elements()));
    files::dequantize(entry, result);
    return result;
}

/// The bytes of a number, little-endian.
template <class T>
std::string bytesOf(T value) {
    std::string bytes(sizeof(T), '\0');
    std::memcpy(bytes.data(), &value, sizeof(T));
    return bytes;
}

inline std::string floats(std::span<const float> values) {
    return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}
inline std::string floats(std::initializer_list<float> values) { return floats(std::span(values.begin(), values.size())); }

/// A safetensors file of any header text and any data.
inline std::string safetensors(const std::string& header, const std::string& data) {
    return bytesOf(uint64_t{header.size()}) + header + data;
}

/// One entry of a safetensors header.
inline std::string declared(const std::string& name, const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return '"' + name + R"(":{"dtype":")" + dtype + R"(","shape":[)" + shape + R"(],"data_offsets":[)" + offsets + "]}";
}

/// A stored zip archive of the plain (not zip64) kind.
class ZipBuilder {
  public:
    uint16_t method = 0, flags = 0;

    ZipBuilder& add(const std::string& name, const std::string& content) {
        const auto offset = static_cast<uint32_t>(m_bytes.size());
        m_bytes += bytesOf(uint32_t{0x04034b50}) + common(name, content) + name + content;
        m_directory += bytesOf(uint32_t{0x02014b50}) + bytesOf(uint16_t{20}) + common(name, content) + std::string(10, '\0') +
                       bytesOf(offset) + name;
        ++m_count;
        return *this;
    }
    std::string build(int claimedEntries = -1) const {
        const auto count = static_cast<uint16_t>(claimedEntries < 0 ? m_count : claimedEntries);
        return m_bytes + m_directory + bytesOf(uint32_t{0x06054b50}) + std::string(4, '\0') + bytesOf(count) + bytesOf(count) +
               bytesOf(static_cast<uint32_t>(m_directory.size())) + bytesOf(static_cast<uint32_t>(m_bytes.size())) +
               std::string(2, '\0');
    }

  private:
    std::string common(const std::string& name, const std::string& content) const {
        const auto size = bytesOf(static_cast<uint32_t>(content.size()));
        return bytesOf(uint16_t{20}) + bytesOf(flags) + bytesOf(method) + std::string(8, '\0') + size + size +
               bytesOf(static_cast<uint16_t>(name.size())) + bytesOf(uint16_t{0});
    }
    std::string m_bytes, m_directory;
    int m_count = 0;
};

/// The opcodes of a pickle as torch.save writes them.
namespace pickle {
inline std::string text(const std::string& value) { return 'X' + bytesOf(static_cast<uint32_t>(value.size())) + value; }
inline std::string integer(int32_t value) { return 'J' + bytesOf(value); }
inline std::string global(const std::string& module, const std::string& name) { return 'c' + module + '\n' + name + '\n'; }
inline std::string tuple(const std::string& items) { return '(' + items + 't'; }
inline std::string integers(const std::vector<int32_t>& values) {
    std::string items;
    for (const auto value : values) items += integer(value);
    return tuple(items);
}
inline std::string orderedDict() { return global("collections", "OrderedDict") + ")R"; }
inline std::string storage(const std::string& type, const std::string& key, int32_t elements) {
    return tuple(text("storage") + global("torch", type) + text(key) + text("cpu") + integer(elements)) + 'Q';
}
inline std::string tensor(const std::string& storage, int32_t offset, const std::vector<int32_t>& shape,
                          const std::vector<int32_t>& strides) {
    return global("torch._utils", "_rebuild_tensor_v2") +
           tuple(storage + integer(offset) + integers(shape) + integers(strides) + "\x89" + orderedDict()) + 'R';
}
/// A dictionary of entries, each a key and a value.
inline std::string dictionary(const std::string& entries) { return "\x80\x02}(" + entries + "u."; }
}  // namespace pickle

inline std::string torchZip(const std::string& data, const std::map<std::string, std::string>& storages) {
    ZipBuilder zip;
    zip.add("archive/data.pkl", data).add("archive/byteorder", "little");
    for (const auto& [key, bytes] : storages) zip.add("archive/data/" + key, bytes);
    return zip.add("archive/version", "3\n").build();
}

/// A GGUF file; values and tensors in the order of adding.
class GgufBuilder {
  public:
    uint32_t version = 3;
    uint64_t claimedTensors = 0, claimedValues = 0;  ///< 0: the true numbers
    std::string magic = "GGUF";

    static std::string string(const std::string& text) { return bytesOf(uint64_t{text.size()}) + text; }

    GgufBuilder& raw(const std::string& key, uint32_t type, const std::string& bytes) {
        m_values += string(key) + bytesOf(type) + bytes;
        ++m_valueCount;
        return *this;
    }
    GgufBuilder& value(const std::string& key, uint32_t number) { return raw(key, 4, bytesOf(number)); }
    GgufBuilder& value(const std::string& key, float number) { return raw(key, 6, bytesOf(number)); }
    GgufBuilder& value(const std::string& key, bool flag) { return raw(key, 7, std::string(1, flag ? '\1' : '\0')); }
    GgufBuilder& value(const std::string& key, const std::string& text) { return raw(key, 8, string(text)); }
    GgufBuilder& value(const std::string& key, const char* text) { return value(key, std::string(text)); }
    GgufBuilder& list(const std::string& key, const std::vector<std::string>& texts) {
        std::string bytes = bytesOf(uint32_t{8}) + bytesOf(uint64_t{texts.size()});
        for (const auto& text : texts) bytes += string(text);
        return raw(key, 9, bytes);
    }
    GgufBuilder& list(const std::string& key, const std::vector<int32_t>& numbers) {
        std::string bytes = bytesOf(uint32_t{5}) + bytesOf(uint64_t{numbers.size()});
        for (const auto number : numbers) bytes += bytesOf(number);
        return raw(key, 9, bytes);
    }
    /// @param dims in GGUF's order, the fastest axis first. @param type GGUF's number
    GgufBuilder& tensor(const std::string& name, const std::vector<uint64_t>& dims, uint32_t type, const std::string& bytes,
                        int64_t offset = -1) {
        m_tensors += string(name) + bytesOf(static_cast<uint32_t>(dims.size()));
        for (const auto size : dims) m_tensors += bytesOf(size);
        m_tensors += bytesOf(type) + bytesOf(offset < 0 ? uint64_t{m_data.size()} : static_cast<uint64_t>(offset));
        m_data += bytes;
        m_data.resize((m_data.size() + 31) / 32 * 32, '\0');
        ++m_tensorCount;
        return *this;
    }
    std::string build() const {
        std::string bytes = magic + bytesOf(version) + bytesOf(claimedTensors ? claimedTensors : m_tensorCount) +
                            bytesOf(claimedValues ? claimedValues : m_valueCount) + m_values + m_tensors;
        bytes.resize((bytes.size() + 31) / 32 * 32, '\0');
        return bytes + m_data;
    }

  private:
    std::string m_values, m_tensors, m_data;
    uint64_t m_valueCount = 0, m_tensorCount = 0;
};

/// A whole, very small GGUF model: hidden 4, two heads of 2 (one for keys), feed-forward 8, vocabulary 3.
inline GgufBuilder smallGguf(const std::string& architecture = "llama") {
    GgufBuilder gguf;
    const auto key = [&](const char* name) { return architecture + '.' + name; };
    gguf.value("general.architecture", architecture)
        .value(key("context_length"), 64U)
        .value(key("embedding_length"), 4U)
        .value(key("block_count"), 1U)
        .value(key("feed_forward_length"), 8U)
        .value(key("attention.head_count"), 2U)
        .value(key("attention.head_count_kv"), 1U)
        .value(key("attention.layer_norm_rms_epsilon"), 1e-5F)
        .value("tokenizer.ggml.model", "gpt2")
        .value("tokenizer.ggml.bos_token_id", 0U)
        .value("tokenizer.ggml.add_bos_token", false)
        .list("tokenizer.ggml.tokens", std::vector<std::string>{"a", "b", "ab"})
        .list("tokenizer.ggml.token_type", std::vector<int32_t>{3, 1, 1})
        .list("tokenizer.ggml.merges", std::vector<std::string>{"a b"});
    return gguf;
}

/// Counts from `first` upwards, as floats.
inline std::string counting(int count, int first = 0) {
    std::vector<float> values;
    for (int i = 0; i < count; ++i) values.push_back(static_cast<float>(first + i));
    return floats(values);
}

/// Adds the tensors of smallGguf() for "llama" and "qwen2".
inline GgufBuilder& addTensors(GgufBuilder& gguf) {
    return gguf.tensor("token_embd.weight", {4, 3}, 0, counting(12))
        .tensor("output_norm.weight", {4}, 0, counting(4))
        .tensor("blk.0.attn_norm.weight", {4}, 0, counting(4))
        .tensor("blk.0.ffn_norm.weight", {4}, 0, counting(4))
        .tensor("blk.0.attn_q.weight", {4, 4}, 0, counting(16))
        .tensor("blk.0.attn_k.weight", {4, 2}, 0, counting(8))
        .tensor("blk.0.attn_v.weight", {4, 2}, 0, counting(8))
        .tensor("blk.0.attn_output.weight", {4, 4}, 0, counting(16))
        .tensor("blk.0.ffn_gate.weight", {4, 8}, 0, counting(32))
        .tensor("blk.0.ffn_up.weight", {4, 8}, 0, counting(32))
        .tensor("blk.0.ffn_down.weight", {8, 4}, 0, counting(32));
}

}  // namespace fusionscope::test
