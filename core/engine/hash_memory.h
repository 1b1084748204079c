#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace fusionscope::engine {

/// Hashes of large files from earlier runs, so that a checkpoint of many gigabytes is read for its hash only once.
///
/// Kept in hashes.json in the person's cache folder ($XDG_CACHE_HOME/fusionscope, else ~/.cache/fusionscope). A hash
/// counts while the file's size and time of change, to the nanosecond, are what they were. Whatever is wrong with the
/// cache only costs time.
class HashMemory {
  public:
    /// @param folder instead of the person's cache folder
    explicit HashMemory(std::filesystem::path folder = {});
    /// Writes what was added. Files that are there no longer are forgotten.
    ~HashMemory();
    HashMemory(const HashMemory&) = delete;
    HashMemory& operator=(const HashMemory&) = delete;

    std::optional<std::string> find(const std::filesystem::path& file) const;
    /// A file changed within the last seconds is not remembered: it could change again within the clock's step.
    void add(const std::filesystem::path& file, const std::string& hash);

  private:
    std::filesystem::path m_folder;
    nlohmann::json m_entries = nlohmann::json::object();  ///< path → {size, changed, sha256}
    bool m_changed = false;
};

}  // namespace fusionscope::engine
