#include "core/text/sentencepiece_tokenizer.h"

#include <sentencepiece_processor.h>

#include "core/files/error.h"
#include "core/files/printable.h"
#include "core/text/byte_level.h"
#include "core/text/sentencepiece_bpe.h"
#include "core/text/sentencepiece_model.h"
#include "core/text/space_mark.h"
#include "core/text/unicode.h"
#include "core/text/utf8.h"

namespace fusionscope::text {

namespace {

std::string withSpaces(std::string_view piece) { return Regex::literal(spaceMark).replaced(piece, " "); }

/// The text with every mark written as a space and `prefix` in front; the ascending ranges move along.
std::string unified(std::string_view text, std::string_view prefix, std::vector<Span>& ranges) {
    std::string out(prefix);
    std::size_t done = 0;
    for (Span& range : ranges) {
        out += withSpaces(text.substr(done, range.begin - done));
        const std::size_t begin = out.size();
        out += withSpaces(text.substr(range.begin, range.end - range.begin));
        done = range.end;
        range = {begin, out.size()};
    }
    return out += withSpaces(text.substr(done));
}

}  // namespace

SentencePieceTokenizer::SentencePieceTokenizer(std::string model, SentencePieceOptions options, std::string where)
    : m_options(std::move(options)),
      m_where(std::move(where)),
      m_processor(std::make_unique<sentencepiece::SentencePieceProcessor>()),
      m_matcher(isPythonSpace) {
    const SentencePieceTraits traits = checkSentencePieceModel(model, m_where);
    if (!m_options.legacy) model = withDummyPrefix(std::move(model), false);
    try {
        if (const auto status = m_processor->LoadFromSerializedProto(model); !status.ok())
            throw std::runtime_error(status.message());
    } catch (const std::exception& error) {
        throw Error(std::string("is not a usable SentencePiece model: ") + error.what(), m_where);
    }
    if (traits.isPlainBpe) m_bpe = plainBpe(*m_processor, traits.byteFallback, m_where);
    if (m_options.legacy && traits.addsDummyPrefix) m_prefix = spaceMark;
    addSpecialPieces();
    for (const AddedToken& token : m_options.added.all()) {
        checkTokenId(token.id, static_cast<std::size_t>(m_processor->GetPieceSize()), token.content, m_where);
        m_matcher.add(token.content, token);
    }
    const auto idOf = [&](const std::optional<std::string>& token) { return token ? id(*token) : std::nullopt; };
    m_bos = idOf(m_options.bos);
    m_eos = idOf(m_options.eos);
    m_pad = idOf(m_options.pad);
    m_unknown = idOf(m_options.unknown);
    m_shield = m_unknown ? token(*m_unknown) : m_processor->IdToPiece(m_processor->unk_id());
    m_shieldLength = encodeAsIs(m_shield).size();
}

SentencePieceTokenizer::~SentencePieceTokenizer() = default;

void SentencePieceTokenizer::addSpecialPieces() {
    for (const std::string& content : m_options.special) {
        const auto special = id(content);
        if (!special) continue;
        m_special.insert(*special);
        if (m_options.added.find(std::string_view(content))) continue;
        AddedToken token;
        token.content = content;
        token.id = *special;
        token.special = true;
        m_options.added.add(std::move(token), m_where);
    }
}

std::vector<std::int64_t> SentencePieceTokenizer::encodeText(std::string_view text, const Matching& matching) const {
    std::vector<std::int64_t> ids;
    if (text.empty()) return ids;
    Matching inside = matching;
    std::vector<Span> trusted;
    if (matching.trusted) trusted.assign(matching.trusted->begin(), matching.trusted->end());
    std::string whole(text);
    if (!m_options.legacy) whole = unified(text, m_options.addPrefixSpace ? spaceMark : "", trusted);
    if (matching.trusted) inside.trusted = trusted;

    for (const auto& [span, added] : m_matcher.cut(whole, inside)) {
        if (added) {
            ids.push_back(*added);
        } else {
            encodePieces(std::string_view(whole).substr(span.begin, span.end - span.begin), ids);
        }
    }
    // The space that was put in front goes again when a token with a role follows at once.
    if (!m_options.legacy && ids.size() > 1 && m_special.contains(ids[1]) && token(ids[0]) == spaceMark)
        ids.erase(ids.begin());
    return ids;
}

void SentencePieceTokenizer::encodePieces(std::string_view text, std::vector<std::int64_t>& ids) const {
    if (m_bpe) {
        const std::string marked = m_prefix + Regex::literal(" ").replaced(text, spaceMark);
        Bpe::Encoder(*m_bpe).encode(marked, ids);
        return;
    }
    // The library trims leading spaces where the model says so; something in front of them prevents it.
    const bool shielded = !m_options.legacy && (text.starts_with(spaceMark) || text.starts_with(' '));
    const auto pieces = shielded ? encodeAsIs(m_shield + std::string(text)) : encodeAsIs(text);
    const std::size_t skipped = shielded ? std::min(m_shieldLength, pieces.size()) : 0;
    ids.insert(ids.end(), pieces.begin() + static_cast<std::ptrdiff_t>(skipped), pieces.end());
}

std::vector<int> SentencePieceTokenizer::encodeAsIs(std::string_view text) const {
    std::vector<int> pieces;
    if (const auto status = m_processor->Encode(text, &pieces); !status.ok())
        throw Error(std::string("cannot encode the text: ") + status.message(), m_where);
    return pieces;
}

std::vector<std::int64_t> SentencePieceTokenizer::withSpecial(std::vector<std::int64_t> ids) const {
    if (m_options.addBos && m_bos) ids.insert(ids.begin(), *m_bos);
    if (m_options.addEos && m_eos) ids.push_back(*m_eos);
    return ids;
}

bool SentencePieceTokenizer::isPiece(std::int64_t id) const { return id >= 0 && id < m_processor->GetPieceSize(); }

std::int64_t SentencePieceTokenizer::vocabularySize() const {
    return std::max<std::int64_t>(m_processor->GetPieceSize(), m_options.added.end());
}

std::optional<std::int64_t> SentencePieceTokenizer::id(std::string_view token) const {
    if (const AddedToken* added = m_options.added.find(token)) return added->id;
    const int piece = m_processor->PieceToId(token);
    // The unknown piece answers for all that are not there.
    if (!isPiece(piece) || m_processor->IdToPiece(piece) != token) return std::nullopt;
    return piece;
}

std::string SentencePieceTokenizer::token(std::int64_t id) const {
    if (const AddedToken* added = m_options.added.find(id)) return added->content;
    return isPiece(id) ? m_processor->IdToPiece(static_cast<int>(id)) : std::string();
}

bool SentencePieceTokenizer::isSpecial(std::int64_t id) const {
    if (const AddedToken* added = m_options.added.find(id)) return added->special;
    return isPiece(id) &&
           (m_processor->IsControl(static_cast<int>(id)) || m_processor->IsUnknown(static_cast<int>(id)));
}

TokenText SentencePieceTokenizer::tokenText(std::int64_t id) const {
    using Kind = TokenText::Kind;
    if (const AddedToken* added = m_options.added.find(id)) return {Kind::Text, added->content};
    if (!isPiece(id)) return {};
    const std::string& piece = m_processor->IdToPiece(static_cast<int>(id));
    if (m_processor->IsByte(static_cast<int>(id))) {
        if (const auto byte = fallbackByte(piece)) return {Kind::Byte, std::string(1, static_cast<char>(*byte))};
    }
    return {Kind::Text, withSpaces(piece)};
}

std::string SentencePieceTokenizer::decode(std::span<const std::int64_t> ids, DecodeOptions options) const {
    // Added tokens without a role part the sequence into runs, each decoded as a text of its own.
    std::string text;
    std::vector<std::int64_t> run;
    for (const std::int64_t id : ids) {
        const AddedToken* added = m_options.added.find(id);
        if ((!added && !isPiece(id)) || (options.skipSpecial && isSpecial(id))) continue;
        if (added && !m_special.contains(id)) {
            text += decodeRun(run) + added->content;
            run.clear();
        } else {
            run.push_back(id);
        }
    }
    return text + decodeRun(run);
}

std::string SentencePieceTokenizer::decodeRun(std::span<const std::int64_t> ids) const {
    std::string text, bytes;
    bool afterSpecial = false, startsPart = true;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        std::string piece = token(ids[i]);
        if (m_special.contains(ids[i])) {
            if (!afterSpecial && i > 0 && m_options.legacy) text += ' ';
            text += toValidUtf8PerByte(bytes) + piece;
            bytes.clear();
            afterSpecial = startsPart = true;
            continue;
        }
        const bool marked = piece.starts_with(spaceMark);
        if (afterSpecial && i == 1 && m_options.addPrefixSpace && !marked) text += ' ';
        std::size_t dropped = 0;  // leading spaces that encoding has put there
        if (i == 0 && marked && m_options.addPrefixSpace) dropped = 1;
        if (startsPart && m_options.legacy && piece.substr(dropped * spaceMark.size()).starts_with(spaceMark)) ++dropped;
        piece.erase(0, dropped * spaceMark.size());
        afterSpecial = startsPart = false;

        if (const auto byte = fallbackByte(piece); byte && m_processor->IsByte(static_cast<int>(ids[i]))) {
            bytes += static_cast<char>(*byte);
        } else {
            text += toValidUtf8PerByte(bytes) + withSpaces(piece);
            bytes.clear();
        }
    }
    return text + toValidUtf8PerByte(bytes);
}

}  // namespace fusionscope::text
