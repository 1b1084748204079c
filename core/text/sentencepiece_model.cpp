#include "core/text/sentencepiece_model.h"

#include <cstring>
#include <optional>

#include "core/files/error.h"

namespace fusionscope::text {

namespace {

// Field numbers of sentencepiece_model.proto.
constexpr std::uint64_t pieces = 1, trainerSpec = 2, normalizerSpec = 3;
constexpr std::uint64_t pieceText = 1, pieceScore = 2, pieceType = 3;
constexpr std::uint64_t modelType = 3, whitespaceAsSuffix = 24, byteFallback = 35, unknownId = 40, bosId = 41, eosId = 42, padId = 43;
constexpr std::uint64_t precompiledCharsmap = 2, addDummyPrefix = 3, removeExtraWhitespaces = 4,
                        escapeWhitespaces = 5;
constexpr std::uint64_t bpe = 2;
constexpr std::int32_t unknownPiece = 2, userPiece = 4, unusedPiece = 5, bytePiece = 6;

constexpr std::size_t maxPieces = 1'000'000;

/// Reads the fields of a protobuf message one after another.
class Message {
  public:
    Message(std::string_view bytes, const std::string& where) : m_rest(bytes), m_where(where) {}

    struct Field {
        std::uint64_t number = 0;
        std::uint64_t value = 0;  ///< of a number
        std::string_view bytes;   ///< of a text or message
    };
    /// The next field; none at the end.
    std::optional<Field> next() {
        if (m_rest.empty()) return std::nullopt;
        const std::uint64_t tag = varint();
        Field field{tag >> 3, 0, {}};
        switch (tag & 7) {
            case 0:
                field.value = varint();
                break;
            case 1:
                take(8);
                break;
            case 2:
                field.bytes = take(varint());
                break;
            case 5:
                take(4);
                break;
            default:
                refuse();
        }
        return field;
    }

  private:
    [[noreturn]] void refuse() const {
        throw Error("is not a SentencePiece model, or cut short", m_where, "Fetch the file again.");
    }
    std::string_view take(std::uint64_t count) {
        if (count > m_rest.size()) refuse();
        const auto taken = m_rest.substr(0, count);
        m_rest.remove_prefix(count);
        return taken;
    }
    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            const auto byte = static_cast<unsigned char>(take(1)[0]);
            value |= std::uint64_t{byte & 0x7Fu} << shift;
            if (byte < 0x80) return value;
        }
        refuse();
    }

    std::string_view m_rest;
    const std::string& m_where;
};

/// The blob is the size of a double-array trie (Yata et al. 2007, the Darts-clone layout), the trie, and a pool of
/// strings each ended by NUL, into which the leaves point.
void checkCharsmap(std::string_view blob, const std::string& where) {
    const auto refuse = [&] { throw Error("the table of its normaliser is damaged", where, "Fetch the file again."); };
    const auto word = [&](std::size_t index) {
        std::uint32_t value = 0;
        std::memcpy(&value, blob.data() + 4 * index, 4);
        return value;
    };
    if (blob.empty()) return;
    if (blob.size() < 4) refuse();
    const std::size_t trieBytes = word(0);
    if (trieBytes % 4 != 0 || trieBytes == 0 || trieBytes > blob.size() - 4) refuse();
    const std::string_view pool = blob.substr(4 + trieBytes);
    if (pool.empty() || pool.back() != '\0') refuse();

    const std::size_t units = trieBytes / 4;
    for (std::size_t i = 0; i < units; ++i) {
        const std::uint32_t unit = word(1 + i);
        if (unit >> 31) {  // a leaf: its value is a place in the pool
            if ((unit & 0x7FFFFFFFu) >= pool.size()) refuse();
        } else {
            // Children lie at this base with any byte mixed into the lowest eight bits.
            const std::uint32_t offset = (unit >> 10) << ((unit & 0x200u) >> 6);
            if (((i ^ offset) | 0xFFu) >= units) refuse();
            // The value of a key that ends here is read without a look at the unit's own leaf mark.
            const bool hasLeaf = unit & 0x100u;
            if (hasLeaf && (word(1 + (i ^ offset)) & 0x7FFFFFFFu) >= pool.size()) refuse();
        }
    }
}

void putVarint(std::string& out, std::uint64_t value) {
    for (; value > 0x7F; value >>= 7) out += static_cast<char>(value | 0x80);
    out += static_cast<char>(value);
}
void putNumber(std::string& out, std::uint64_t field, std::uint64_t value) {
    putVarint(out, field << 3);
    putVarint(out, value);
}
void putBytes(std::string& out, std::uint64_t field, std::string_view bytes) {
    putVarint(out, field << 3 | 2);
    putVarint(out, bytes.size());
    out += bytes;
}
void putFloat(std::string& out, std::uint64_t field, float value) {
    putVarint(out, field << 3 | 5);
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out.append(bytes, sizeof value);
}

}  // namespace

SentencePieceTraits checkSentencePieceModel(std::string_view model, const std::string& where) {
    SentencePieceTraits traits;
    std::size_t count = 0;
    bool isBpe = false, trims = true, respells = false, marksSpaces = true, kept = false;
    for (Message message(model, where); const auto field = message.next();) {
        if (field->number == pieces) {
            if (++count > maxPieces) throw Error(concat("has more than ", maxPieces, " pieces"), where);
            for (Message piece(field->bytes, where); const auto part = piece.next();)
                kept |= part->number == pieceType && (part->value == userPiece || part->value == unusedPiece);
        }
        if (field->number == normalizerSpec) {
            for (Message spec(field->bytes, where); const auto part = spec.next();) {
                if (part->number == addDummyPrefix) traits.addsDummyPrefix = part->value != 0;
                if (part->number == removeExtraWhitespaces) trims = part->value != 0;
                if (part->number == escapeWhitespaces) marksSpaces = part->value != 0;
                if (part->number != precompiledCharsmap) continue;
                checkCharsmap(part->bytes, where);
                respells |= !part->bytes.empty();
            }
        }
        if (field->number == trainerSpec) {
            for (Message spec(field->bytes, where); const auto part = spec.next();) {
                if (part->number == modelType) isBpe = part->value == bpe;
                if (part->number == byteFallback) traits.byteFallback = part->value != 0;
                if (part->number == whitespaceAsSuffix) respells |= part->value != 0;
            }
        }
    }
    if (count == 0) throw Error("is not a SentencePiece model: it has no pieces", where, "Fetch the file again.");
    traits.isPlainBpe = isBpe && marksSpaces && !trims && !respells && !kept;
    return traits;
}

std::string withDummyPrefix(std::string model, bool prefix) {
    // Of a message that occurs twice the later fields win, so that appending is enough.
    std::string spec;
    putNumber(spec, addDummyPrefix, prefix);
    putBytes(model, normalizerSpec, spec);
    return model;
}

std::string sentencePieceModel(const GgufVocabulary& vocabulary, const std::string& where) {
    const std::size_t count = vocabulary.tokens.size();
    if (vocabulary.scores.size() != count || vocabulary.tokenTypes.size() != count) {
        throw Error(concat("tokenizer has ", count, " tokens, ", vocabulary.scores.size(), " scores and ",
                           vocabulary.tokenTypes.size(), " types, expected as many of each"),
                    where);
    }
    std::string model, piece, trainer, normalizer;
    bool hasBytes = false;
    std::size_t unknown = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::int32_t type = vocabulary.tokenTypes[i];
        if (type < 1 || type > bytePiece) throw Error(concat("token ", i, " has the unknown type ", type), where);
        hasBytes |= type == bytePiece;
        if (type == unknownPiece) unknown = i;
        piece.clear();
        putBytes(piece, pieceText, vocabulary.tokens[i]);
        putFloat(piece, pieceScore, vocabulary.scores[i]);
        putNumber(piece, pieceType, static_cast<std::uint64_t>(type));
        putBytes(model, pieces, piece);
    }
    putNumber(trainer, modelType, bpe);
    putNumber(trainer, byteFallback, hasBytes);
    putNumber(trainer, unknownId, unknown);
    for (const std::uint64_t field : {bosId, eosId, padId}) putNumber(trainer, field, ~std::uint64_t{0});
    putBytes(model, trainerSpec, trainer);
    putNumber(normalizer, addDummyPrefix, vocabulary.addSpacePrefix.value_or(true));
    putNumber(normalizer, removeExtraWhitespaces, 0);
    putBytes(model, normalizerSpec, normalizer);
    return model;
}

}  // namespace fusionscope::text
