#include "core/text/vocabulary.h"

#include <algorithm>

#include "core/files/error.h"
#include "core/files/printable.h"

namespace fusionscope::text {

void checkTokenId(std::int64_t id, std::size_t count, std::string_view token, const std::string& where) {
    const auto limit = std::min<std::int64_t>(std::int64_t{1} << 24, 65'536 + 2 * static_cast<std::int64_t>(count));
    if (id < 0 || id >= limit) {
        throw Error(concat("token ", files::inQuotes(token), " has id ", id, ", expected 0 to ", limit - 1, " for ", count,
                           " tokens"),
                    where);
    }
}

Vocabulary::Vocabulary(std::vector<Entry> entries, const std::string& where) {
    std::int64_t highest = -1;
    for (const Entry& entry : entries) {
        checkTokenId(entry.id, entries.size(), entry.token, where);
        highest = std::max(highest, entry.id);
    }
    m_tokens.resize(static_cast<std::size_t>(highest + 1));
    m_used.resize(m_tokens.size());
    m_ids.reserve(entries.size());
    for (Entry& entry : entries) {
        const auto index = static_cast<std::size_t>(entry.id);
        if (m_used[index]) {
            throw Error(concat("tokens ", files::inQuotes(m_tokens[index]), " and ", files::inQuotes(entry.token),
                               " share the id ", entry.id),
                        where);
        }
        m_used[index] = true;
        m_tokens[index] = std::move(entry.token);
        if (!m_ids.emplace(m_tokens[index], entry.id).second)
            throw Error("token " + files::inQuotes(m_tokens[index]) + " stands twice in the vocabulary", where);
    }
}

std::optional<std::int64_t> Vocabulary::id(std::string_view token) const {
    const auto found = m_ids.find(token);
    if (found == m_ids.end()) return std::nullopt;
    return found->second;
}

const std::string* Vocabulary::token(std::int64_t id) const {
    if (id < 0 || id >= size() || !m_used[static_cast<std::size_t>(id)]) return nullptr;
    return &m_tokens[static_cast<std::size_t>(id)];
}

}  // namespace fusionscope::text
