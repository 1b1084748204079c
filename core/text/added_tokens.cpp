#include "core/text/added_tokens.h"

#include <algorithm>

#include "core/files/error.h"
#include "core/files/printable.h"
#include "core/text/unicode.h"

namespace fusionscope::text {

namespace {

// Far above what models use; they bound the time and memory that matching can take.
constexpr std::size_t maxContentBytes = 256;
constexpr std::size_t maxAllBytes = std::size_t{4} << 20;

}  // namespace

void TokenMatcher::add(std::string_view content, const AddedToken& token) {
    if (content.empty()) return;
    std::uint32_t node = 0;
    for (const char byte : content) {
        auto& children = m_nodes[node].children;
        const auto child = std::find_if(children.begin(), children.end(), [&](auto& c) { return c.first == byte; });
        if (child != children.end()) {
            node = child->second;
        } else {
            const auto created = static_cast<std::uint32_t>(m_nodes.size());
            children.emplace_back(byte, created);
            m_nodes.emplace_back();
            node = created;
        }
    }
    m_nodes[node].token = static_cast<std::int32_t>(m_tokens.size());
    m_tokens.push_back(token);
}

TokenMatcher::Match TokenMatcher::longest(std::string_view text, std::size_t begin, std::size_t limit) const {
    Match match;
    std::uint32_t node = 0;
    for (std::size_t i = begin; i < limit; ++i) {
        const auto& children = m_nodes[node].children;
        const auto child = std::find_if(children.begin(), children.end(), [&](auto& c) { return c.first == text[i]; });
        if (child == children.end()) break;
        node = child->second;
        if (m_nodes[node].token >= 0) match = {i + 1, m_nodes[node].token};
    }
    return match;
}

bool TokenMatcher::accepted(std::string_view text, Span span, const AddedToken& token,
                            const Tokenizer::Matching& matching) const {
    if (token.special && !matching.special) return false;
    return !token.singleWord || ((span.begin == 0 || !isWord(pointBefore(text, span.begin))) &&
                                 (span.end == text.size() || !isWord(pointAfter(text, span.end))));
}

std::vector<TokenMatcher::Piece> TokenMatcher::cut(std::string_view text, const Tokenizer::Matching& matching) const {
    std::vector<Piece> pieces;
    std::size_t done = 0;  // end of the last token
    const auto searchIn = [&](Span range) {
        for (std::size_t at = range.begin; at < range.end;) {
            const Match match = longest(text, at, range.end);
            if (match.token < 0) {
                ++at;
                continue;
            }
            const AddedToken& token = m_tokens[static_cast<std::size_t>(match.token)];
            Span span{std::max(at, done), match.end};
            // A token that is found but not accepted still hides what it overlaps, as in the reference library.
            at = match.end;
            if (span.begin >= span.end || !accepted(text, span, token, matching)) continue;
            if (token.lstrip)
                span.begin = std::max(stripRight(text.substr(0, span.begin), m_isSpace).size(), done);
            if (token.rstrip) span.end = text.size() - stripLeft(text.substr(span.end), m_isSpace).size();
            if (span.begin > done) pieces.push_back({{done, span.begin}, std::nullopt});
            pieces.push_back({span, token.id});
            done = span.end;
        }
    };
    if (!empty()) {
        if (matching.trusted) {
            for (const Span& range : *matching.trusted) searchIn(range);
        } else {
            searchIn({0, text.size()});
        }
    }
    if (done < text.size()) pieces.push_back({{done, text.size()}, std::nullopt});
    return pieces;
}

void AddedTokens::add(AddedToken token, const std::string& where) {
    if (token.content.empty() || token.content.size() > maxContentBytes) {
        throw Error(concat("added token ", files::inQuotes(token.content), " has ", token.content.size(),
                           " bytes, expected 1 to ", maxContentBytes),
                    where);
    }
    const AddedToken* sameContent = find(std::string_view(token.content));
    const AddedToken* sameId = find(token.id);
    if (sameContent && sameContent == sameId) return;
    if (const AddedToken* other = sameContent ? sameContent : sameId) {
        throw Error(concat("added token ", files::inQuotes(token.content), " with id ", token.id, " contradicts ",
                           files::inQuotes(other->content), " with id ", other->id),
                    where);
    }
    m_bytes += token.content.size();
    if (m_bytes > maxAllBytes)
        throw Error(concat("the added tokens have more than ", maxAllBytes, " bytes together"), where);

    m_byId.emplace(token.id, m_tokens.size());
    m_byContent.emplace(token.content, m_tokens.size());
    m_end = std::max(m_end, token.id + 1);
    m_tokens.push_back(std::move(token));
}

const AddedToken* AddedTokens::find(std::int64_t id) const {
    const auto found = m_byId.find(id);
    return found == m_byId.end() ? nullptr : &m_tokens[found->second];
}

const AddedToken* AddedTokens::find(std::string_view content) const {
    const auto found = m_byContent.find(std::string(content));
    return found == m_byContent.end() ? nullptr : &m_tokens[found->second];
}

}  // namespace fusionscope::text
