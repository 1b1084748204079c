#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/text/tokenizer.h"

namespace fusionscope::text {

/// A token that is cut out of the text before the model sees it.
struct AddedToken {
    std::string content;
    std::int64_t id = -1;
    bool special = false;     ///< a control token: left out of decoded text on request, not recognised in plain text
    bool singleWord = false;  ///< only where no letter or digit touches it
    bool lstrip = false;      ///< takes the white space before it along
    bool rstrip = false;      ///< takes the white space after it along
    bool normalized = false;  ///< looked for in the normalised text
};

/// Finds a set of strings in a text: leftmost, at one place the longest, never overlapping.
class TokenMatcher {
  public:
    /// @param isSpace what white space is for lstrip and rstrip
    explicit TokenMatcher(bool (*isSpace)(char32_t)) : m_isSpace(isSpace) {}

    void add(std::string_view content, const AddedToken& token);
    bool empty() const { return m_tokens.empty(); }

    struct Piece {
        Span span;
        std::optional<std::int64_t> id;  ///< none for text between the tokens
    };
    /// The text cut at the tokens. Pieces are in order, none is empty; white space that a token takes along belongs to
    /// its span.
    std::vector<Piece> cut(std::string_view text, const Tokenizer::Matching& matching) const;

  private:
    struct Node {
        std::vector<std::pair<char, std::uint32_t>> children;
        std::int32_t token = -1;
    };
    struct Match {
        std::size_t end = 0;
        std::int32_t token = -1;
    };
    /// The longest token that starts at `begin` and ends at or before `limit`.
    Match longest(std::string_view text, std::size_t begin, std::size_t limit) const;
    bool accepted(std::string_view text, Span span, const AddedToken& token, const Tokenizer::Matching& matching) const;

    bool (*m_isSpace)(char32_t);
    std::vector<Node> m_nodes{1};
    std::vector<AddedToken> m_tokens;
};

/// The added tokens of a tokenizer by id and by content.
class AddedTokens {
  public:
    /// @param where the file for messages. Throws Error when content or id is taken already, empty or far too long.
    /// The same token again is accepted and changes nothing.
    void add(AddedToken token, const std::string& where);

    const AddedToken* find(std::int64_t id) const;
    const AddedToken* find(std::string_view content) const;
    const std::vector<AddedToken>& all() const { return m_tokens; }
    /// One more than the highest id, 0 when there is none.
    std::int64_t end() const { return m_end; }

  private:
    std::vector<AddedToken> m_tokens;
    std::unordered_map<std::int64_t, std::size_t> m_byId;
    std::unordered_map<std::string, std::size_t> m_byContent;
    std::size_t m_bytes = 0;
    std::int64_t m_end = 0;
};

}  // namespace fusionscope::text
