#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/files/tensor_table.h"

namespace fusionscope::files {

/// Writes one array as NumPy's .npy (format 1.0). BF16 and block formats have no NumPy type and are refused.
/// @param bytes row-major. @throws Error
void writeNpy(const std::filesystem::path& file, DType dtype, const std::vector<int64_t>& shape,
              std::span<const std::byte> bytes);

/// Writes arrays one after another into NumPy's .npz (an uncompressed zip), without holding them.
///
/// The file appears under its name only when finish() returns; until then it is NAME.part, removed if never finished.
class NpzWriter {
  public:
    explicit NpzWriter(std::filesystem::path file);
    ~NpzWriter();
    NpzWriter(const NpzWriter&) = delete;
    NpzWriter& operator=(const NpzWriter&) = delete;

    /// @param name the array's key in NumPy, without ".npy". @throws Error when the name was used before
    void add(const std::string& name, DType dtype, const std::vector<int64_t>& shape,
             std::span<const std::byte> bytes);
    void add(const std::string& name, const std::vector<int64_t>& shape, std::span<const float> values) {
        add(name, DType::F32, shape, std::as_bytes(values));
    }
    void finish();

  private:
    struct Archive;
    std::unique_ptr<Archive> m_archive;
};

}  // namespace fusionscope::files
