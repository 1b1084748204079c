#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/text/vocabulary.h"

namespace fusionscope::text {

struct BpeOptions {
    std::optional<std::string> unknown;  ///< token for characters that are not in the vocabulary; none: they vanish
    bool fuseUnknown = false;            ///< a run of unknown characters gives one token
    bool byteFallback = false;           ///< characters that are not in the vocabulary give tokens <0x00> to <0xFF>
    bool ignoreMerges = false;           ///< a word that is a token as a whole is taken as that token
};

/// Byte-pair encoding of single words (Sennrich et al. 2016, section 3.2), by ranks of merges, as the Hugging Face
/// `tokenizers` library applies them.
class Bpe {
  public:
    struct Merge {
        std::string_view left, right;
        std::uint32_t rank = 0;  ///< the lowest merges first; of equal ones that which stands leftmost in the text
    };

    /// @param where the file for messages
    /// Throws Error when a merge needs a token that the vocabulary lacks.
    Bpe(Vocabulary vocabulary, const std::vector<Merge>& merges, BpeOptions options, const std::string& where);
    Bpe(Bpe&&) = default;
    Bpe& operator=(Bpe&&) = default;

    const Vocabulary& vocabulary() const { return m_vocabulary; }

    /// Encodes words one after another, reusing its buffers and remembering the short words it has seen.
    class Encoder {
      public:
        explicit Encoder(const Bpe& bpe) : m_bpe(bpe) {}
        /// Appends the ids of `word`, which is valid UTF-8. Words must stay in memory as long as the encoder does.
        void encode(std::string_view word, std::vector<std::int64_t>& ids);

      private:
        void encodePart(std::string_view part, std::vector<std::int64_t>& ids);
        void split(std::string_view word);
        void consider(std::int32_t place);
        void merge();
        std::int32_t next(std::int32_t place) const;
        std::int32_t previous(std::int32_t place) const;

        const Bpe& m_bpe;
        /// A word can be a megabyte long, with a symbol for every byte. Places of symbols that have become part of the
        /// one before them stay; the first and the last of them say how many there are, itself included: −n.
        std::vector<std::int32_t> m_symbols;
        std::vector<std::uint64_t> m_heap;  ///< pairs that may merge: rank, then place of the left one
        std::unordered_map<std::string_view, std::pair<std::size_t, std::size_t>> m_seen;  ///< ranges of m_seenIds
        std::vector<std::int64_t> m_seenIds;
    };

  private:
    struct Result {
        std::uint32_t rank;
        std::int32_t id;
    };
    struct PairHash {
        std::size_t operator()(std::uint64_t pair) const {
            pair *= 0x9E3779B97F4A7C15u;
            return static_cast<std::size_t>(pair ^ (pair >> 32));
        }
    };
    static std::uint64_t pairKey(std::int32_t left, std::int32_t right) {
        return std::uint64_t{static_cast<std::uint32_t>(left)} << 32 | static_cast<std::uint32_t>(right);
    }
    std::int32_t idOf(std::string_view token) const;
    const Result* merged(std::int32_t left, std::int32_t right) const;
    std::int32_t characterId(std::string_view character, char32_t point) const;

    Vocabulary m_vocabulary;
    BpeOptions m_options;
    std::unordered_map<std::uint64_t, Result, PairHash> m_merges;
    std::array<std::int32_t, 0x180> m_characters;  ///< ids of the frequent characters, −1 where none
    std::array<std::int32_t, 256> m_bytes;         ///< ids of the fallback tokens, −1 where none
    std::int32_t m_unknown = -1;
    bool m_wordsStandAlone = true;  ///< no token reaches from another character to a space mark behind it
};

}  // namespace fusionscope::text
