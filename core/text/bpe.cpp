#include "core/text/bpe.h"

#include <algorithm>

#include "core/files/error.h"
#include "core/files/printable.h"
#include "core/text/byte_level.h"
#include "core/text/utf8.h"

namespace fusionscope::text {

namespace {

constexpr std::size_t rememberedBytes = 48;  // longer words rarely come twice

}  // namespace

Bpe::Bpe(Vocabulary vocabulary, const std::vector<Merge>& merges, BpeOptions options, const std::string& where)
    : m_vocabulary(std::move(vocabulary)), m_options(std::move(options)) {
    m_merges.reserve(merges.size());
    std::string whole;
    for (std::size_t rank = 0; rank < merges.size(); ++rank) {
        const auto& [left, right] = merges[rank];
        whole.assign(left).append(right);
        const auto idOf = [&](std::string_view token) {
            const auto id = m_vocabulary.id(token);
            if (id) return *id;
            throw Error(concat("merge ", rank, " (", files::inQuotes(left), " and ", files::inQuotes(right),
                               ") needs the token ", files::inQuotes(token), ", which is not in the vocabulary"),
                        where, "Vocabulary and merges must come from the same model.");
        };
        m_merges[pairKey(idOf(left), idOf(right))] = {static_cast<std::uint32_t>(rank), idOf(whole)};
    }

    for (std::size_t point = 0; point < m_characters.size(); ++point) {
        std::string character;
        appendCodePoint(character, static_cast<char32_t>(point));
        m_characters[point] = m_vocabulary.id(character).value_or(-1);
    }
    for (std::size_t byte = 0; byte < m_bytes.size(); ++byte)
        m_bytes[byte] = m_vocabulary.id(fallbackToken(static_cast<unsigned char>(byte))).value_or(-1);
    if (m_options.unknown) {
        const auto id = m_vocabulary.id(*m_options.unknown);
        if (!id) {
            throw Error("the token for unknown text, " + files::inQuotes(*m_options.unknown) +
                            ", is not in the vocabulary",
                        where);
        }
        m_unknown = *id;
    }
}

const Bpe::Result* Bpe::merged(std::int64_t left, std::int64_t right) const {
    const auto found = m_merges.find(pairKey(left, right));
    return found == m_merges.end() ? nullptr : &found->second;
}

std::int64_t Bpe::characterId(std::string_view character, char32_t point) const {
    if (point < m_characters.size()) return m_characters[point];
    return m_vocabulary.id(character).value_or(-1);
}

void Bpe::Encoder::encode(std::string_view word, std::vector<std::int64_t>& ids) {
    const bool remember = word.size() <= rememberedBytes;
    if (remember) {
        if (const auto seen = m_seen.find(word); seen != m_seen.end()) {
            const auto [begin, end] = seen->second;
            ids.insert(ids.end(), m_seenIds.begin() + static_cast<std::ptrdiff_t>(begin),
                       m_seenIds.begin() + static_cast<std::ptrdiff_t>(end));
            return;
        }
    }
    const std::size_t first = ids.size();
    const auto whole = m_bpe.m_options.ignoreMerges ? m_bpe.m_vocabulary.id(word) : std::nullopt;
    if (whole) {
        ids.push_back(*whole);
    } else {
        split(word);
        merge();
        for (const Symbol& symbol : m_symbols) {
            if (!symbol.merged) ids.push_back(symbol.id);
        }
    }
    if (remember) {
        const std::size_t begin = m_seenIds.size();
        m_seenIds.insert(m_seenIds.end(), ids.begin() + static_cast<std::ptrdiff_t>(first), ids.end());
        m_seen.emplace(word, std::pair{begin, m_seenIds.size()});
    }
}

void Bpe::Encoder::push(std::int64_t id) {
    const auto place = static_cast<std::int32_t>(m_symbols.size());
    if (place > 0) m_symbols.back().next = place;
    m_symbols.push_back({id, place - 1, -1, false});
}

/// Fills m_symbols with the characters of the word.
void Bpe::Encoder::split(std::string_view word) {
    m_symbols.clear();
    bool afterUnknown = false;
    for (std::size_t i = 0; i < word.size();) {
        const CodePoint point = readCodePoint(word, i);
        const std::string_view character = word.substr(i, point.size);
        i += point.size;

        if (const auto id = m_bpe.characterId(character, point.value); id >= 0) {
            push(id);
            afterUnknown = false;
            continue;
        }
        const auto byteId = [&](char byte) { return m_bpe.m_bytes[static_cast<unsigned char>(byte)]; };
        if (m_bpe.m_options.byteFallback &&
            std::all_of(character.begin(), character.end(), [&](char byte) { return byteId(byte) >= 0; })) {
            for (const char byte : character) push(byteId(byte));
            afterUnknown = false;
        } else if (m_bpe.m_unknown >= 0) {
            if (!afterUnknown || !m_bpe.m_options.fuseUnknown) push(m_bpe.m_unknown);
            afterUnknown = true;
        }
    }
}

/// Puts the pair that begins at `place` into the heap if it can merge.
void Bpe::Encoder::consider(std::int32_t place) {
    if (place < 0) return;
    const Symbol& symbol = m_symbols[static_cast<std::size_t>(place)];
    if (symbol.next < 0) return;
    const Result* result = m_bpe.merged(symbol.id, m_symbols[static_cast<std::size_t>(symbol.next)].id);
    if (!result) return;
    m_heap.push_back({result->rank, place, result->id});
    std::push_heap(m_heap.begin(), m_heap.end(), [](const Candidate& a, const Candidate& b) {
        return std::pair(a.rank, a.place) > std::pair(b.rank, b.place);
    });
}

/// Merges the pair with the lowest rank, of equal ones the leftmost, until none is left.
void Bpe::Encoder::merge() {
    m_heap.clear();
    for (std::size_t i = 0; i < m_symbols.size(); ++i) consider(static_cast<std::int32_t>(i));
    while (!m_heap.empty()) {
        std::pop_heap(m_heap.begin(), m_heap.end(), [](const Candidate& a, const Candidate& b) {
            return std::pair(a.rank, a.place) > std::pair(b.rank, b.place);
        });
        const Candidate best = m_heap.back();
        m_heap.pop_back();

        Symbol& left = m_symbols[static_cast<std::size_t>(best.place)];
        if (left.merged || left.next < 0) continue;
        Symbol& right = m_symbols[static_cast<std::size_t>(left.next)];
        // An entry is out of date when its pair has changed; the reference library asks only whether the pair that is
        // there now gives the same token, and so do we.
        const Result* result = m_bpe.merged(left.id, right.id);
        if (!result || result->id != best.id) continue;

        left.id = best.id;
        left.next = right.next;
        right.merged = true;
        if (left.next >= 0) m_symbols[static_cast<std::size_t>(left.next)].previous = best.place;
        consider(left.previous);
        consider(best.place);
    }
}

}  // namespace fusionscope::text
