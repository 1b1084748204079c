#pragma once

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/text/added_tokens.h"
#include "core/text/bpe_tokenizer.h"
#include "core/text/tokenizer.h"

namespace sentencepiece {
class SentencePieceProcessor;
}

namespace fusionscope::text {

/// What a SentencePiece model does not say itself.
struct SentencePieceOptions {
    bool legacy = true;          ///< a space is put in front of every piece of text, also after an added token
    bool addPrefixSpace = true;  ///< a space is put in front at all
    AddedTokens added;
    /// The tokens with a role (`all_special_tokens` of the reference). Those that are pieces are added tokens, too.
    std::vector<std::string> special;
    std::optional<std::string> bos, eos, pad, unknown;
    bool addBos = false, addEos = false;
};

/// SentencePiece with the rules of the reference library's "slow" Llama tokenizer (`LlamaTokenizer` of transformers,
/// use_fast=False): added tokens are cut out before SentencePiece sees the text.
class SentencePieceTokenizer : public Tokenizer {
  public:
    /// @param model the serialised model. @param where the file for messages
    /// Throws Error when the model is refused.
    SentencePieceTokenizer(std::string model, SentencePieceOptions options, std::string where);
    ~SentencePieceTokenizer() override;

    std::string decode(std::span<const std::int64_t> ids, DecodeOptions options = {}) const override;
    std::int64_t vocabularySize() const override;
    std::optional<std::int64_t> id(std::string_view token) const override;
    std::string token(std::int64_t id) const override;
    bool isSpecial(std::int64_t id) const override;
    TokenText tokenText(std::int64_t id) const override;
    bool isByteLevel() const override { return false; }
    bool dropsFirstSpace() const override { return m_options.addPrefixSpace; }
    std::vector<std::int64_t> withSpecial(std::vector<std::int64_t> ids) const override;

  protected:
    std::vector<std::int64_t> encodeText(std::string_view text, const Matching& matching) const override;

  private:
    void addSpecialPieces();
    bool isPiece(std::int64_t id) const;
    void encodePieces(std::string_view text, std::vector<std::int64_t>& ids) const;
    std::vector<int> encodeAsIs(std::string_view text) const;
    std::string decodeRun(std::span<const std::int64_t> ids) const;

    SentencePieceOptions m_options;
    std::string m_where;
    std::unique_ptr<sentencepiece::SentencePieceProcessor> m_processor;
    TokenMatcher m_matcher;
    std::unordered_set<std::int64_t> m_special;  ///< ids of m_options.special
    std::optional<Bpe> m_bpe;        ///< encodes in the library's place where it can
    std::string m_prefix;            ///< what m_bpe needs in front of every piece of text
    std::string m_shield;            ///< keeps the library from trimming leading spaces
    std::size_t m_shieldLength = 0;  ///< how many pieces that is
};

}  // namespace fusionscope::text
