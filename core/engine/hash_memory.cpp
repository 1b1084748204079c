#include "core/engine/hash_memory.h"

#include <chrono>
#include <cstdlib>
#include <exception>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/output_file.h"

namespace fusionscope::engine {

namespace fs = std::filesystem;

namespace {

constexpr const char* fileName = "hashes.json";
constexpr auto unsettled = std::chrono::seconds(2);

fs::path cacheFolder() {
    if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && fs::path(cache).is_absolute())
        return fs::path(cache) / "fusionscope";
    const char* home = std::getenv("HOME");
    return home ? fs::path(home) / ".cache" / "fusionscope" : fs::path();
}

/// What must not have changed.
nlohmann::json stateOf(const fs::path& file) {
    return {{"size", fs::file_size(file)},
            {"changed", std::chrono::nanoseconds(fs::last_write_time(file).time_since_epoch()).count()}};
}

std::string keyOf(const fs::path& file) { return fs::canonical(file).string(); }

}  // namespace

HashMemory::HashMemory(fs::path folder) : m_folder(folder.empty() ? cacheFolder() : std::move(folder)) {
    try {
        auto entries = files::readJson(m_folder / fileName);
        if (entries.is_object()) m_entries = std::move(entries);
    } catch (const Error&) {
        // The first run, or a damaged file: nothing is known.
    }
}

HashMemory::~HashMemory() {
    if (!m_changed || m_folder.empty()) return;
    try {
        for (auto entry = m_entries.begin(); entry != m_entries.end();) {
            std::error_code ignored;
            entry = fs::exists(entry.key(), ignored) ? std::next(entry) : m_entries.erase(entry);
        }
        fs::create_directories(m_folder);
        files::writeText(m_folder / fileName, m_entries.dump(1) + "\n");
    } catch (const std::exception&) {
        // Without a cache the next run hashes again.
    }
}

std::optional<std::string> HashMemory::find(const fs::path& file) const {
    const auto entry = m_entries.find(keyOf(file));
    if (entry == m_entries.end() || !entry->is_object()) return std::nullopt;
    auto expected = stateOf(file);
    const auto hash = entry->find("sha256");
    if (hash == entry->end() || !hash->is_string()) return std::nullopt;
    expected["sha256"] = *hash;
    return expected == *entry ? std::optional(hash->get<std::string>()) : std::nullopt;
}

void HashMemory::add(const fs::path& file, const std::string& hash) {
    if (fs::file_time_type::clock::now() - fs::last_write_time(file) < unsettled) return;
    auto entry = stateOf(file);
    entry["sha256"] = hash;
    m_entries[keyOf(file)] = std::move(entry);
    m_changed = true;
}

}  // namespace fusionscope::engine
