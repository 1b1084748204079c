#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fusionscope::files {

/// Element types a checkpoint can hold. The Q types are GGUF's block formats (32 or 256 values a block).
enum class DType { F64, F32, F16, BF16, I64, I32, I16, I8, U8, Bool, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K };

/// Name as safetensors writes it ("F32", "BF16", …), GGUF's name for block formats.
const char* name(DType type);

/// Values in one block of the type (1 for plain types) and the bytes such a block takes.
struct BlockSize {
    int64_t values;
    int64_t bytes;
};
BlockSize blockSize(DType type);

/// Bytes that a tensor takes; nothing when a size is negative, the number is beyond 2^63 − 1, or the last axis is not
/// whole blocks.
std::optional<int64_t> byteCount(DType type, std::span<const int64_t> shape);
/// "[2, 3]", for messages.
std::string shapeText(std::span<const int64_t> shape);

/// One tensor of a checkpoint, still in its file: shape row-major as PyTorch writes it ([out, in] for a linear layer).
struct TensorEntry {
    DType dtype = DType::F32;
    std::vector<int64_t> shape;
    std::span<const std::byte> bytes;   ///< exactly the tensor's bytes; may be misaligned
    std::shared_ptr<const void> owner;  ///< keeps `bytes` alive (a mapped file or a buffer)
    bool mapped = false;                ///< `bytes` lie in a mapped file
    std::string file;                   ///< file name for messages
    bool transposed = false;            ///< stored as [out, in] where the reader wants [in, out] (or the other way round)
    int64_t interleavedHeads = 0;       ///< > 0: rows are in GGUF's interleaved RoPE order for so many heads

    int64_t elements() const;
    /// Gives the memory of a mapped file back in which `bytes` lie; reading them again reads the file. Buffers stay.
    void release() const;
};

/// All tensors of a checkpoint by name; what every weight reader returns.
using TensorTable = std::map<std::string, TensorEntry, std::less<>>;

}  // namespace fusionscope::files
