#include "core/text/bpe_tokenizer.h"

#include <algorithm>

#include "core/files/error.h"
#include "core/files/printable.h"
#include "core/text/unicode.h"

namespace fusionscope::text {

namespace {

/// The parts of ascending `ranges` that lie in `segment`, counted from its start.
std::vector<Span> within(std::span<const Span> ranges, const Span& segment) {
    std::vector<Span> inside;
    for (const Span& range : ranges) {
        const std::size_t begin = std::max(range.begin, segment.begin), end = std::min(range.end, segment.end);
        if (begin < end) inside.push_back({begin - segment.begin, end - segment.begin});
    }
    return inside;
}

}  // namespace

std::optional<std::int64_t> BpeParts::id(std::string_view token) const {
    if (const AddedToken* found = added.find(token)) return found->id;
    return model.vocabulary().id(token);
}

void BpeParts::add(AddedToken token, const std::string& where) {
    const Vocabulary& vocabulary = model.vocabulary();
    checkTokenId(token.id, static_cast<std::size_t>(size()), token.content, where);
    const auto known = vocabulary.id(token.content);
    const std::string* other = vocabulary.token(token.id);
    if ((known && *known != token.id) || (other && *other != token.content)) {
        throw Error(concat("added token ", files::inQuotes(token.content), " with id ", token.id,
                           " contradicts the vocabulary, which has ",
                           other ? files::inQuotes(*other) : concat("it as id ", *known)),
                    where);
    }
    added.add(std::move(token), where);
}

void BpeParts::addSpecial(const std::string& content, const std::string& where) {
    if (added.find(std::string_view(content))) return;
    AddedToken token;
    token.id = id(content).value_or(size());
    token.content = content;
    token.special = true;
    add(std::move(token), where);
}

BpeTokenizer::BpeTokenizer(BpeParts parts) : m_parts(std::move(parts)), m_raw(isWhitespace), m_normalised(isWhitespace) {
    for (const AddedToken& token : m_parts.added.all()) {
        if (token.normalized) {
            m_normalised.add(normalise(m_parts.normalizer, token.content), token);
        } else {
            m_raw.add(token.content, token);
        }
    }
    m_bos = m_parts.special.bos;
    m_eos = m_parts.special.eos;
    m_pad = m_parts.special.pad;
    m_unknown = m_parts.special.unknown;
}

std::vector<std::int64_t> BpeTokenizer::encodeText(std::string_view text, const Matching& matching) const {
    std::vector<std::int64_t> ids;
    for (const auto& [span, id] : m_raw.cut(text, matching)) {
        if (id) {
            ids.push_back(*id);
            continue;
        }
        Matching inside = matching;
        std::vector<Span> trusted;
        if (matching.trusted) {
            trusted = within(*matching.trusted, span);
            inside.trusted = trusted;
        }
        encodeSegment(text.substr(span.begin, span.end - span.begin), span.begin == 0, inside, ids);
    }
    return ids;
}

void BpeTokenizer::encodeSegment(std::string_view segment, bool startsInput, const Matching& matching,
                                 std::vector<std::int64_t>& ids) const {
    const std::string text = normalise(m_parts.normalizer, std::string(segment));
    Matching inside = matching;
    std::vector<Span> trusted;
    if (matching.trusted && !m_parts.normalizer.empty() && !m_normalised.empty()) {
        // Normalising the text up to a place tells where that place went; exact but for a character that composes
        // across the border, which moves it by that character.
        const auto moved = [&](std::size_t place) {
            return std::min(text.size(), normalise(m_parts.normalizer, std::string(segment.substr(0, place))).size());
        };
        for (const Span& range : *matching.trusted) trusted.push_back({moved(range.begin), moved(range.end)});
        inside.trusted = trusted;
    }
    for (const auto& [span, id] : m_normalised.cut(text, inside)) {
        if (id) {
            ids.push_back(*id);
        } else {
            encodeWords(std::string_view(text).substr(span.begin, span.end - span.begin),
                        startsInput && span.begin == 0, ids);
        }
    }
}

void BpeTokenizer::encodeWords(std::string_view text, bool startsInput, std::vector<std::int64_t>& ids) const {
    PreTokenized words(std::string(text), startsInput);
    for (const PreTokenizer& step : m_parts.preTokenizer) step(words);
    Bpe::Encoder encoder(m_parts.model);
    for (const Span& word : words.words) encoder.encode(words.word(word), ids);
}

std::vector<std::int64_t> BpeTokenizer::withSpecial(std::vector<std::int64_t> ids) const {
    ids.insert(ids.begin(), m_parts.prefix.begin(), m_parts.prefix.end());
    ids.insert(ids.end(), m_parts.suffix.begin(), m_parts.suffix.end());
    return ids;
}

const std::string* BpeTokenizer::find(std::int64_t id) const {
    if (const AddedToken* added = m_parts.added.find(id)) return &added->content;
    return m_parts.model.vocabulary().token(id);
}

std::string BpeTokenizer::decode(std::span<const std::int64_t> ids, DecodeOptions options) const {
    std::vector<std::string> tokens;
    tokens.reserve(ids.size());
    for (const std::int64_t id : ids) {
        const std::string* token = find(id);
        if (token && !(options.skipSpecial && isSpecial(id))) tokens.push_back(*token);
    }
    return m_parts.decoder.decode(std::move(tokens));
}

std::string BpeTokenizer::token(std::int64_t id) const {
    const std::string* token = find(id);
    return token ? *token : std::string();
}

bool BpeTokenizer::isSpecial(std::int64_t id) const {
    const AddedToken* added = m_parts.added.find(id);
    return added && added->special;
}

TokenText BpeTokenizer::tokenText(std::int64_t id) const {
    const std::string* token = find(id);
    return token ? m_parts.decoder.piece(*token) : TokenText{};
}

}  // namespace fusionscope::text
