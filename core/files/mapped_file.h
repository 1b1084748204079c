#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace fusionscope::files {

/// A file mapped read-only into memory. Nothing is read before it is touched.
///
/// Only regular files (also behind symbolic links) are opened: a folder, a pipe or a device is refused at once.
class MappedFile {
  public:
    /// @throws Error naming the file and why it cannot be read
    static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    std::span<const std::byte> bytes() const { return m_bytes; }
    std::string_view text() const { return {reinterpret_cast<const char*>(m_bytes.data()), m_bytes.size()}; }
    const std::filesystem::path& path() const { return m_path; }
    /// The whole path, for messages.
    std::string where() const { return m_path.string(); }

    /// Gives back the memory that holds bytes of any mapped file. They can still be read, from the file again.
    static void release(std::span<const std::byte> bytes);

  private:
    MappedFile(std::filesystem::path path, std::span<const std::byte> bytes)
        : m_path(std::move(path)), m_bytes(bytes) {}

    std::filesystem::path m_path;
    std::span<const std::byte> m_bytes;
};

}  // namespace fusionscope::files
