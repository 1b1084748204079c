#include "core/text/bpe.h"

#include <algorithm>

#include "core/files/error.h"
#include "core/files/printable.h"
#include "core/text/byte_level.h"
#include "core/text/space_mark.h"
#include "core/text/utf8.h"

namespace fusionscope::text {

namespace {

constexpr std::size_t rememberedBytes = 48;  // longer words rarely come twice

bool startsCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

}  // namespace

Bpe::Bpe(Vocabulary vocabulary, const std::vector<Merge>& merges, BpeOptions options, const std::string& where)
    : m_vocabulary(std::move(vocabulary)), m_options(std::move(options)) {
    m_merges.reserve(merges.size());
    std::string whole;
    for (const auto& [left, right, rank] : merges) {
        whole.assign(left).append(right);
        const auto checkedId = [&, &l = left, &r = right](std::string_view token) {
            const std::int32_t id = idOf(token);
            if (id >= 0) return id;
            throw Error(concat("the merge of ", files::inQuotes(l), " and ", files::inQuotes(r), " needs the token ",
                               files::inQuotes(token), ", which is not in the vocabulary"),
                        where, "Vocabulary and merges must come from the same model.");
        };
        m_wordsStandAlone &= wordEnd(whole, 0) == whole.size();
        m_merges[pairKey(checkedId(left), checkedId(right))] = {rank, checkedId(whole)};
    }

    m_wordsStandAlone &= idOf(spaceMark) >= 0;
    for (std::size_t point = 0; point < m_characters.size(); ++point) {
        std::string character;
        appendCodePoint(character, static_cast<char32_t>(point));
        m_characters[point] = idOf(character);
    }
    for (std::size_t byte = 0; byte < m_bytes.size(); ++byte)
        m_bytes[byte] = idOf(fallbackToken(static_cast<unsigned char>(byte)));
    if (m_options.unknown) {
        m_unknown = idOf(*m_options.unknown);
        if (m_unknown < 0) {
            throw Error("the token for unknown text, " + files::inQuotes(*m_options.unknown) +
                            ", is not in the vocabulary",
                        where);
        }
    }
}

/// −1 for a token that is not in the vocabulary; its ids have at most 24 bits.
std::int32_t Bpe::idOf(std::string_view token) const {
    return static_cast<std::int32_t>(m_vocabulary.id(token).value_or(-1));
}

const Bpe::Result* Bpe::merged(std::int32_t left, std::int32_t right) const {
    const auto found = m_merges.find(pairKey(left, right));
    return found == m_merges.end() ? nullptr : &found->second;
}

std::int32_t Bpe::characterId(std::string_view character, char32_t point) const {
    if (point < m_characters.size()) return m_characters[point];
    return idOf(character);
}

void Bpe::Encoder::encode(std::string_view word, std::vector<std::int64_t>& ids) {
    if (const auto whole = m_bpe.m_options.ignoreMerges ? m_bpe.m_vocabulary.id(word) : std::nullopt) {
        ids.push_back(*whole);
        return;
    }
    // Without a pre-tokenizer the word is a whole text. Where no merge can reach across, its words are encoded one by
    // one with the same result.
    for (std::size_t begin = 0; begin < word.size();) {
        const std::size_t end = m_bpe.m_wordsStandAlone ? wordEnd(word, begin) : word.size();
        encodePart(word.substr(begin, end - begin), ids);
        begin = end;
    }
}

void Bpe::Encoder::encodePart(std::string_view part, std::vector<std::int64_t>& ids) {
    const bool remember = part.size() <= rememberedBytes;
    if (remember) {
        if (const auto seen = m_seen.find(part); seen != m_seen.end()) {
            const auto [begin, end] = seen->second;
            ids.insert(ids.end(), m_seenIds.begin() + static_cast<std::ptrdiff_t>(begin),
                       m_seenIds.begin() + static_cast<std::ptrdiff_t>(end));
            return;
        }
    }
    const std::size_t first = ids.size();
    split(part);
    merge();
    for (const Symbol& symbol : m_symbols) {
        if (symbol.id >= 0) ids.push_back(symbol.id);
    }
    if (remember) {
        const std::size_t begin = m_seenIds.size();
        m_seenIds.insert(m_seenIds.end(), ids.begin() + static_cast<std::ptrdiff_t>(first), ids.end());
        m_seen.emplace(part, std::pair{begin, m_seenIds.size()});
    }
}

void Bpe::Encoder::push(std::int32_t id) {
    const auto place = static_cast<std::int32_t>(m_symbols.size());
    if (place > 0) m_symbols.back().next = place;
    m_symbols.push_back({id, place - 1, -1});
}

/// Fills m_symbols with the characters of the word.
void Bpe::Encoder::split(std::string_view word) {
    m_symbols.clear();
    m_symbols.reserve(static_cast<std::size_t>(std::count_if(word.begin(), word.end(), startsCharacter)));
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

/// Adds the pair that begins at `place` to the candidates if it can merge.
bool Bpe::Encoder::consider(std::int32_t place) {
    if (place < 0) return false;
    const Symbol& symbol = m_symbols[static_cast<std::size_t>(place)];
    if (symbol.next < 0) return false;
    const Result* result = m_bpe.merged(symbol.id, m_symbols[static_cast<std::size_t>(symbol.next)].id);
    if (result) m_heap.push_back({result->rank, place, result->id});
    return result;
}

/// Merges the pair with the lowest rank, of equal ones the leftmost, until none is left.
void Bpe::Encoder::merge() {
    const auto later = [](const Candidate& a, const Candidate& b) {
        return a.rank != b.rank ? a.rank > b.rank : a.place > b.place;
    };
    m_heap.clear();
    for (std::size_t i = 0; i < m_symbols.size(); ++i) consider(static_cast<std::int32_t>(i));
    std::make_heap(m_heap.begin(), m_heap.end(), later);
    while (!m_heap.empty()) {
        std::pop_heap(m_heap.begin(), m_heap.end(), later);
        const Candidate best = m_heap.back();
        m_heap.pop_back();

        Symbol& left = m_symbols[static_cast<std::size_t>(best.place)];
        if (left.id < 0 || left.next < 0) continue;
        Symbol& right = m_symbols[static_cast<std::size_t>(left.next)];
        // An entry is out of date when its pair has changed; the reference library asks only whether the pair that is
        // there now gives the same token, and so do we.
        const Result* result = m_bpe.merged(left.id, right.id);
        if (!result || result->id != best.id) continue;

        left.id = best.id;
        left.next = right.next;
        right.id = -1;
        if (left.next >= 0) m_symbols[static_cast<std::size_t>(left.next)].previous = best.place;
        if (consider(left.previous)) std::push_heap(m_heap.begin(), m_heap.end(), later);
        if (consider(best.place)) std::push_heap(m_heap.begin(), m_heap.end(), later);
    }
}

}  // namespace fusionscope::text
