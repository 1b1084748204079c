#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace fusionscope::files {

/// A file that appears under its name only when it is complete: written to NAME.part and renamed by commit(). A file
/// that is never committed leaves nothing behind.
class OutputFile {
  public:
    /// @throws Error when the file cannot be made
    explicit OutputFile(std::filesystem::path path);
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    const std::filesystem::path& path() const { return m_path; }
    /// Bytes appended so far.
    uint64_t size() const { return m_size; }
    /// @throws Error when the disk is full
    void append(std::span<const std::byte> bytes);
    void writeAt(uint64_t offset, std::span<const std::byte> bytes);
    void commit();

  private:
    [[noreturn]] void refuse(int reason) const;

    std::filesystem::path m_path, m_part;
    int m_descriptor = -1;
    uint64_t m_size = 0;
};

/// Writes a whole file. @throws Error when it cannot be made or the disk is full
void writeText(const std::filesystem::path& path, std::string_view text);

}  // namespace fusionscope::files
