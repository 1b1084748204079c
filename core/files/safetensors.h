#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/files/tensor_table.h"

namespace fusionscope::files {

/// The file's own notes (`__metadata__`), strings to strings.
using Metadata = std::map<std::string, std::string, std::less<>>;

struct SafetensorsFile {
    TensorTable tensors;  ///< mapped; nothing is copied
    Metadata metadata;
};

/// Maps and validates one safetensors file: header length, strict JSON, known types, byte counts that match the
/// shapes, data without gaps or overlaps that ends where the file ends (the format's specification).
/// @throws Error naming the file, the tensor and what is wrong
SafetensorsFile readSafetensors(const std::filesystem::path& file);

/// Name, type and shape of a tensor that is to be written.
struct TensorHeader {
    std::string name;
    DType dtype = DType::F32;  ///< a plain type; block formats have no place in safetensors
    std::vector<int64_t> shape;
};

/// Writes a safetensors file without holding it in memory: the header first, then every tensor's bytes in any order.
///
/// The file appears under its name only when finish() returns; until then it is NAME.part, removed if never finished.
class SafetensorsWriter {
  public:
    /// @throws Error when the file cannot be made or two tensors share a name
    SafetensorsWriter(std::filesystem::path file, const std::vector<TensorHeader>& tensors,
                      const Metadata& metadata = {});
    ~SafetensorsWriter();
    SafetensorsWriter(const SafetensorsWriter&) = delete;
    SafetensorsWriter& operator=(const SafetensorsWriter&) = delete;

    /// @param bytes all of the tensor, row-major. @throws Error when the disk is full
    void write(std::string_view name, std::span<const std::byte> bytes);
    /// @throws Error when a tensor was never written or the disk is full
    void finish();

  private:
    struct Part;
    std::unique_ptr<Part> m_part;
};

/// A tensor whose bytes lie in memory.
struct TensorBytes {
    TensorHeader header;
    std::span<const std::byte> bytes;
};

/// All at once.
void writeSafetensors(const std::filesystem::path& file, const std::vector<TensorBytes>& tensors,
                      const Metadata& metadata = {});

}  // namespace fusionscope::files
