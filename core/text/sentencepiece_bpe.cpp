#include "core/text/sentencepiece_bpe.h"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "core/files/error.h"
#include "core/text/utf8.h"

namespace fusionscope::text {

namespace {

struct Piece {
    std::string_view text;
    float score = 0;
};

/// The pieces that are made of characters, best score first.
std::vector<Piece> normalPieces(const sentencepiece::SentencePieceProcessor& model, const std::string& where) {
    std::vector<Piece> pieces;
    for (int id = 0; id < model.GetPieceSize(); ++id) {
        if (model.IsControl(id) || model.IsUnknown(id) || model.IsByte(id)) continue;
        const float score = model.GetScore(id);
        if (std::isnan(score)) throw Error(concat("piece ", id, " has a score that is not a number"), where);
        pieces.push_back({model.IdToPiece(id), score});
    }
    std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.score > b.score; });
    return pieces;
}

}  // namespace

std::optional<Bpe> plainBpe(const sentencepiece::SentencePieceProcessor& model, bool byteFallback,
                            const std::string& where) {
    const std::vector<Piece> pieces = normalPieces(model, where);
    std::unordered_set<std::string_view> known;
    for (const Piece& piece : pieces) known.insert(piece.text);

    // Any two pieces that make up a third merge into it, at a rank that its score gives.
    std::vector<Bpe::Merge> merges;
    std::uint32_t rank = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const std::string_view text = pieces[i].text;
        if (i > 0 && pieces[i].score < pieces[i - 1].score) ++rank;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t size = readCodePoint(text, at).size;
            if (!known.contains(text.substr(at, size))) return std::nullopt;
            const std::string_view left = text.substr(0, at), right = text.substr(at);
            if (known.contains(left) && known.contains(right)) merges.push_back({left, right, rank});
            at += size;
        }
    }

    std::vector<Vocabulary::Entry> entries;
    for (int id = 0; id < model.GetPieceSize(); ++id) {
        if (!model.IsControl(id)) entries.push_back({model.IdToPiece(id), id});
    }
    BpeOptions options;
    options.unknown = model.IdToPiece(model.unk_id());
    options.fuseUnknown = true;
    options.byteFallback = byteFallback;
    return Bpe(Vocabulary(std::move(entries), where), merges, std::move(options), where);
}

}  // namespace fusionscope::text
