#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fusionscope::text {

/// Tokens and their ids, both ways.
class Vocabulary {
  public:
    struct Entry {
        std::string token;
        std::int64_t id = 0;
    };

    /// @param where the file for messages
    /// Throws Error when an id is negative or far beyond the number of tokens, or when a token or an id occurs twice.
    Vocabulary(std::vector<Entry> entries, const std::string& where);
    Vocabulary(Vocabulary&&) = default;
    Vocabulary& operator=(Vocabulary&&) = default;

    std::optional<std::int64_t> id(std::string_view token) const;
    /// Null for an id that is not in use.
    const std::string* token(std::int64_t id) const;
    /// One more than the highest id.
    std::int64_t size() const { return static_cast<std::int64_t>(m_tokens.size()); }

  private:
    std::vector<std::string> m_tokens;
    std::vector<bool> m_used;
    std::unordered_map<std::string_view, std::int64_t> m_ids;  ///< keys look into m_tokens
};

/// Refuses an id that no vocabulary of `count` tokens needs: tables are as long as the highest id.
void checkTokenId(std::int64_t id, std::size_t count, std::string_view token, const std::string& where);

}  // namespace fusionscope::text
