#include "core/text/bpe.h"

#include <algorithm>
#include <functional>

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
    for (const std::int32_t id : m_symbols) {
        if (id >= 0) ids.push_back(id);
    }
    if (remember) {
        const std::size_t begin = m_seenIds.size();
        m_seenIds.insert(m_seenIds.end(), ids.begin() + static_cast<std::ptrdiff_t>(first), ids.end());
        m_seen.emplace(part, std::pair{begin, m_seenIds.size()});
    }
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
            m_symbols.push_back(id);
            afterUnknown = false;
            continue;
        }
        const auto byteId = [&](char byte) { return m_bpe.m_bytes[static_cast<unsigned char>(byte)]; };
        if (m_bpe.m_options.byteFallback &&
            std::all_of(character.begin(), character.end(), [&](char byte) { return byteId(byte) >= 0; })) {
            for (const char byte : character) m_symbols.push_back(byteId(byte));
            afterUnknown = false;
        } else if (m_bpe.m_unknown >= 0) {
            if (!afterUnknown || !m_bpe.m_options.fuseUnknown) m_symbols.push_back(m_bpe.m_unknown);
            afterUnknown = true;
        }
    }
}

/// The place of the symbol behind the one at `place`; the number of places when it is the last.
std::int32_t Bpe::Encoder::next(std::int32_t place) const {
    const auto after = static_cast<std::size_t>(place) + 1;
    const bool single = after == m_symbols.size() || m_symbols[after] >= 0;
    return place + 1 - (single ? 0 : m_symbols[after]);
}

/// The place of the symbol before the one at `place`; −1 when it is the first.
std::int32_t Bpe::Encoder::previous(std::int32_t place) const {
    if (place == 0) return -1;
    const std::int32_t before = m_symbols[static_cast<std::size_t>(place) - 1];
    return place - 1 + (before >= 0 ? 0 : before);
}

/// Adds the pair that begins at `place` to the candidates if it can merge.
void Bpe::Encoder::consider(std::int32_t place) {
    const auto right = static_cast<std::size_t>(next(place));
    if (right == m_symbols.size()) return;
    const Result* result = m_bpe.merged(m_symbols[static_cast<std::size_t>(place)], m_symbols[right]);
    if (result) m_heap.push_back(std::uint64_t{result->rank} << 32 | static_cast<std::uint32_t>(place));
}

/// Merges the pair with the lowest rank, of equal ones the leftmost, until none is left.
void Bpe::Encoder::merge() {
    m_heap.clear();
    m_heap.reserve(m_symbols.size());
    for (std::size_t i = 0; i < m_symbols.size(); ++i) consider(static_cast<std::int32_t>(i));
    std::make_heap(m_heap.begin(), m_heap.end(), std::greater());
    const auto considerLater = [this](std::int32_t place) {
        const std::size_t before = m_heap.size();
        consider(place);
        if (m_heap.size() > before) std::push_heap(m_heap.begin(), m_heap.end(), std::greater());
    };
    while (!m_heap.empty()) {
        std::pop_heap(m_heap.begin(), m_heap.end(), std::greater());
        const auto rank = static_cast<std::uint32_t>(m_heap.back() >> 32);
        const auto place = static_cast<std::int32_t>(m_heap.back() & 0xFFFFFFFF);
        m_heap.pop_back();

        // An entry is out of date when its pair has changed.
        std::int32_t& left = m_symbols[static_cast<std::size_t>(place)];
        const std::int32_t right = next(place);
        if (left < 0 || static_cast<std::size_t>(right) == m_symbols.size()) continue;
        const Result* result = m_bpe.merged(left, m_symbols[static_cast<std::size_t>(right)]);
        if (!result || result->rank != rank) continue;

        const std::int32_t end = next(right), absorbed = end - place - 1;
        left = result->id;
        m_symbols[static_cast<std::size_t>(right)] = -1;
        m_symbols[static_cast<std::size_t>(place) + 1] = m_symbols[static_cast<std::size_t>(end) - 1] = -absorbed;
        if (place > 0) considerLater(previous(place));
        considerLater(place);
    }
}

}  // namespace fusionscope::text
