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

#include "core/files/mapped_file.h"
#include "core/files/output_file.h"

namespace fusionscope::files {

/// Files of a zip archive by name; each is a piece of the mapped archive.
using ZipEntries = std::map<std::string, std::span<const std::byte>, std::less<>>;

/// Reads the directory of an archive whose files are stored without compression (zip64 too).
/// @throws Error when the archive is damaged, compressed, encrypted, split, or when files overlap or share a name
ZipEntries readZip(const MappedFile& file);

/// Writes such an archive, file by file.
class ZipWriter {
  public:
    explicit ZipWriter(std::filesystem::path path) : m_file(std::move(path)) {}

    const std::filesystem::path& path() const { return m_file.path(); }
    /// Adds a file made of the pieces, one after another. @throws Error when the name was used before
    void add(const std::string& name, std::initializer_list<std::span<const std::byte>> pieces);
    /// Writes the directory and gives the archive its name.
    void finish();

  private:
    struct Entry {
        std::string name;
        uint32_t crc;
        uint64_t size, offset;
    };
    OutputFile m_file;
    std::vector<Entry> m_entries;
};

}  // namespace fusionscope::files
