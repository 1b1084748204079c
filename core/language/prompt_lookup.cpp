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

constexpr double firstTrueOnes = 1.4, firstJudged = 2;  // what is expected before anything was judged
constexpr double mostJudged = 16;                       // remembered
constexpr double firstCost = 0.5, leastCost = 0.02, mostCost = 1;
constexpr double recent = 0.25;                         // weight of the newest measurement
constexpr int64_t firstRest = 8, longestRest = 128;     // passes
constexpr int64_t mostCandidates = 7;

}  // namespace

Lookup lookupNamed(const std::string& name) {
    for (const auto& [known, lookup] : names)
        if (name == known) return lookup;
    throw Error(concat("\"", name, "\" is no way of looking tokens up"), {}, "Known: off, auto, on.");
}

PromptLookup::PromptLookup(std::vector<int64_t> text, const LookupOptions& options)
    : m_options(options),
      m_text(std::move(text)),
      m_trueOnes(firstTrueOnes),
      m_judged(firstJudged),
      m_cost(firstCost),
      m_nextRest(firstRest) {
    if (options.shortestMatch < 1 || options.longestMatch < options.shortestMatch)
        throw Error(concat("matches of ", options.shortestMatch, " to ", options.longestMatch, " tokens"), "prompt lookup",
                    "The shortest must be 1 or more and not above the longest.");
    if (options.candidates < 1 || options.candidates > mostCandidates)
        throw Error(concat(options.candidates, " candidates at once"), "prompt lookup",
                    concat("Ask for 1 to ", mostCandidates, "."));
}

std::vector<int64_t> PromptLookup::candidates(int64_t most) {
    judge();
    if (!m_options.weighs) {
        m_candidates = found(std::min(most, m_options.candidates));
    } else if (m_rest > 0) {
        --m_rest;
    } else if (m_singles == 2) {
        m_candidates = found(std::min({most, m_options.candidates, std::max<int64_t>(1, worthwhile())}));
    }
    m_proposed += std::ssize(m_candidates);
    return m_candidates;
}

void PromptLookup::took(double seconds) {
    if (m_candidates.empty()) {
        // The first pass behind a prompt is slower than others.
        m_single = m_singles == 0   ? seconds
                   : m_singles == 1 ? std::min(m_single, seconds)
                                    : m_single + recent * (std::min(seconds, 2 * m_single) - m_single);
        m_singles = std::min(m_singles + 1, 2);
    } else if (m_single > 0) {
        const double longer = (seconds / m_single - 1) / static_cast<double>(m_candidates.size());
        m_cost += recent * (std::clamp(longer, leastCost, mostCost) - m_cost);
    }
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

int64_t PromptLookup::worthwhile() const {
    double tokens = 1, cost = 1, chance = 1;
    int64_t count = 0;
    while (count < mostCandidates) {
        chance *= m_trueOnes / m_judged;
        if (chance * cost <= m_cost * tokens) break;  // one more brings less for its time than the others
        tokens += chance;
        cost += m_cost;
        ++count;
    }
    return count;
}

void PromptLookup::judge() {
    if (m_candidates.empty()) return;
    m_trueOnes += static_cast<double>(m_right);
    m_judged += static_cast<double>(std::min(m_right + 1, m_candidates.size()));
    const double kept = std::min(1.0, mostJudged / m_judged);
    m_trueOnes *= kept;
    m_judged *= kept;
    if (m_right > 0) m_nextRest = firstRest;
    if (worthwhile() == 0) {
        m_rest = std::exchange(m_nextRest, std::min(2 * m_nextRest, longestRest));
        if (m_trueOnes * firstJudged < firstTrueOnes * m_judged) {
            m_trueOnes = firstTrueOnes;
            m_judged = firstJudged;
        }
    }
    m_candidates.clear();
    m_right = 0;
}

}  // namespace fusionscope::language
