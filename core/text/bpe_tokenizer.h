#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/added_tokens.h"
#include "core/text/bpe.h"
#include "core/text/normalizer.h"
#include "core/text/pre_tokenizer.h"
#include "core/text/token_decoder.h"
#include "core/text/tokenizer.h"

namespace fusionscope::text {

/// The ids of the tokens with a role of their own; none where the model has no such token.
struct SpecialIds {
    std::optional<std::int64_t> bos, eos, pad, unknown;
};

/// Everything that makes up a tokenizer of the Hugging Face `tokenizers` library with a BPE model.
struct BpeParts {
    Bpe model;
    AddedTokens added;
    std::vector<Normalizer> normalizer;
    std::vector<PreTokenizer> preTokenizer;
    TokenDecoder decoder;
    std::vector<std::int64_t> prefix, suffix;  ///< ids put around a text on request
    SpecialIds special;

    /// One more than the highest id of model and added tokens.
    std::int64_t size() const { return std::max(model.vocabulary().size(), added.end()); }
    /// The id of a token, added or of the model.
    std::optional<std::int64_t> id(std::string_view token) const;
    /// Throws Error when content or id belongs to another token.
    void add(AddedToken token, const std::string& where);
    /// Adds a special token under the id that its content has, or the next free one.
    void addSpecial(const std::string& content, const std::string& where);
};

/// Byte-pair encoding with the steps before and after it: added tokens, normaliser, pre-tokeniser, model, decoder.
class BpeTokenizer : public Tokenizer {
  public:
    explicit BpeTokenizer(BpeParts parts);

    std::string decode(std::span<const std::int64_t> ids, DecodeOptions options = {}) const override;
    std::int64_t vocabularySize() const override { return m_parts.size(); }
    std::optional<std::int64_t> id(std::string_view token) const override { return m_parts.id(token); }
    std::string token(std::int64_t id) const override;
    bool isSpecial(std::int64_t id) const override;
    TokenText tokenText(std::int64_t id) const override;
    bool isByteLevel() const override { return m_parts.decoder.isByteLevel(); }
    bool dropsFirstSpace() const override { return m_parts.decoder.dropsFirstSpace(); }
    std::vector<std::int64_t> withSpecial(std::vector<std::int64_t> ids) const override;

  protected:
    std::vector<std::int64_t> encodeText(std::string_view text, const Matching& matching) const override;

  private:
    void encodeSegment(std::string_view segment, bool startsInput, const Matching& matching,
                       std::vector<std::int64_t>& ids) const;
    void encodeWords(std::string_view text, bool startsInput, std::vector<std::int64_t>& ids) const;
    const std::string* find(std::int64_t id) const;

    BpeParts m_parts;
    TokenMatcher m_raw;         ///< tokens looked for before normalisation
    TokenMatcher m_normalised;  ///< and after
};

}  // namespace fusionscope::text
