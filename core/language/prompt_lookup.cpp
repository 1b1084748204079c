#include "core/language/prompt_lookup.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/files/error.h"

namespace fusionscope::language {

namespace {

constexpr std::array<std::pair<const char*, Lookup>, 3> names = {{
    {"off", Lookup::Off},
    {"auto", Lookup::Auto},
    {"on", Lookup::On},
}};

constexpr double candidateCost = 1.0 / 8;       // passes of one token
constexpr double mostBalance = 4;               // tokens: what was saved long ago must not pay for long
constexpr int64_t firstTry = 3;                 // candidates while nothing speaks for more
constexpr int64_t firstRest = 8, longestRest = 128;  // passes
constexpr int64_t mostCandidates = 7;

}  // namespace

Lookup lookupNamed(const std::string& name) {
    for (const auto& [known, lookup] : names)
        if (name == known) return lookup;
    throw Error(concat("\"", name, "\" is no way of looking tokens up"), {}, "Known: off, auto, on.");
}

PromptLookup::PromptLookup(std::vector<int64_t> text, const LookupOptions& options)
    : m_options(options), m_text(std::move(text)), m_rest(0), m_nextRest(firstRest) {
    if (options.shortestMatch < 1 || options.longestMatch < options.shortestMatch)
        throw Error(concat("matches of ", options.shortestMatch, " to ", options.longestMatch, " tokens"), "prompt lookup",
                    "The shortest must be 1 or more and not above the longest.");
    if (options.candidates < 1 || options.candidates > mostCandidates)
        throw Error(concat(options.candidates, " candidates at once"), "prompt lookup",
                    concat("Ask for 1 to ", mostCandidates, "."));
}

std::vector<int64_t> PromptLookup::candidates(int64_t most) {
    settle();
    if (m_rest > 0) {
        --m_rest;
        return {};
    }
    const bool careful = m_options.rests && m_balance <= 0;
    m_candidates = found(std::min({most, m_options.candidates, careful ? firstTry : m_options.candidates}));
    m_proposed += std::ssize(m_candidates);
    return m_candidates;
}

void PromptLookup::append(int64_t id) {
    m_text.push_back(id);
    if (m_right == m_candidates.size() || m_candidates[m_right] != id) return;
    ++m_right;
    ++m_accepted;
}

int64_t PromptLookup::alike(int64_t end) const {
    const auto* last = m_text.data() + m_text.size() - 1;
    const auto* other = m_text.data() + end - 1;
    const int64_t most = std::min(end, m_options.longestMatch);
    int64_t count = 0;
    while (count < most && other[-count] == last[-count] && last[-count] >= 0) ++count;
    return count;
}

std::vector<int64_t> PromptLookup::found(int64_t most) const {
    const auto length = std::ssize(m_text);
    int64_t best = m_options.shortestMatch - 1, place = length;
    for (int64_t end = length - 1; end > 0 && best < m_options.longestMatch; --end)
        if (const int64_t count = alike(end); count > best) {
            best = count;
            place = end;
        }
    std::vector<int64_t> ids;
    while (place < length && std::ssize(ids) < most) {
        const int64_t next = place + std::ssize(ids);
        const int64_t id = next < length ? m_text[static_cast<size_t>(next)] : ids[static_cast<size_t>(next - length)];
        if (id < 0) break;
        ids.push_back(id);
    }
    return ids;
}

void PromptLookup::settle() {
    if (m_candidates.empty()) return;
    const double cost = candidateCost * static_cast<double>(m_candidates.size());
    m_balance = std::min(mostBalance, m_balance + static_cast<double>(m_right) - cost);
    if (m_right > 0) m_nextRest = firstRest;
    if (m_balance < 0) {
        m_balance = 0;
        if (m_options.rests) m_rest = std::exchange(m_nextRest, std::min(2 * m_nextRest, longestRest));
    }
    m_candidates.clear();
    m_right = 0;
}

}  // namespace fusionscope::language
