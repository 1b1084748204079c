#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fusionscope::text {

struct EncodeOptions {
    /// Put the tokenizer's own tokens around the text (`<s>` … `</s>` for BART, the BOS of Llama-3.1).
    bool addSpecial = false;
    /// Recognise special tokens that are spelled out in the text. Switch it off for what people type: then
    /// `<|im_end|>` is seven ordinary characters and more. (Added tokens without the special flag are still found,
    /// as the reference library's `encode_special_tokens` has it; with trusted spans not even those.)
    bool parseSpecial = true;
};

struct DecodeOptions {
    bool skipSpecial = false;
};

/// A range of bytes of a text, [begin, end).
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// What a single id contributes to a text; used for streaming.
struct TokenText {
    enum class Kind {
        Nothing,  ///< an id outside the vocabulary
        Text,     ///< whole characters, or any bytes where `Tokenizer::isByteLevel()`
        Byte,     ///< one byte of a character that the vocabulary does not have (byte fallback)
    };
    Kind kind = Kind::Nothing;
    std::string bytes;
};

/// Text to ids and back. Immutable after loading, so one object serves any number of threads.
///
/// Text is UTF-8; bytes that are not are replaced by U+FFFD, one for each maximal invalid subpart, before anything else.
class Tokenizer {
  public:
    virtual ~Tokenizer() = default;

    std::vector<std::int64_t> encode(std::string_view text, EncodeOptions options = {}) const;

    /// Encodes `text` as one whole, but recognises added and special tokens only where they lie inside one of the
    /// `trusted` ranges (ascending, not overlapping). So a chat template's own markers work and the same characters
    /// typed by a person do not, while the ids are otherwise those of the whole string.
    std::vector<std::int64_t> encodeTrusted(std::string_view text, std::span<const Span> trusted,
                                            bool addSpecial = false) const;

    /// Ids outside the vocabulary give nothing. No clean-up of spaces. The result is valid UTF-8.
    virtual std::string decode(std::span<const std::int64_t> ids, DecodeOptions options = {}) const = 0;

    /// One more than the highest id in use; the model may have more rows.
    virtual std::int64_t vocabularySize() const = 0;
    /// The id of a token as it stands in the vocabulary (byte-level tokens in their printable spelling).
    virtual std::optional<std::int64_t> id(std::string_view token) const = 0;
    /// The token as it stands in the vocabulary; empty for an id outside of it.
    virtual std::string token(std::int64_t id) const = 0;
    virtual bool isSpecial(std::int64_t id) const = 0;

    /// The ids with the tokenizer's own tokens around them, as EncodeOptions::addSpecial puts them.
    virtual std::vector<std::int64_t> withSpecial(std::vector<std::int64_t> ids) const = 0;

    std::optional<std::int64_t> bos() const { return m_bos; }
    std::optional<std::int64_t> eos() const { return m_eos; }
    std::optional<std::int64_t> pad() const { return m_pad; }
    std::optional<std::int64_t> unknown() const { return m_unknown; }

    /// What `id` adds to the text, before joining bytes to characters.
    virtual TokenText tokenText(std::int64_t id) const = 0;
    /// Tokens are bytes of a byte-level vocabulary (else: pieces with byte fallback).
    virtual bool isByteLevel() const = 0;
    /// The first space of a whole decoded text is an artefact of encoding and dropped.
    virtual bool dropsFirstSpace() const = 0;

    /// Where added tokens are recognised.
    struct Matching {
        bool special = true;                           ///< also those with the special flag
        std::optional<std::span<const Span>> trusted;  ///< if set: only inside these ranges
    };

  protected:
    /// `text` is valid UTF-8.
    virtual std::vector<std::int64_t> encodeText(std::string_view text, const Matching& matching) const = 0;

    std::optional<std::int64_t> m_bos, m_eos, m_pad, m_unknown;
};

struct LoadOptions {
    /// Prefer `tokenizer.model` with the rules of the reference's slow tokenizer ("use_fast=False"), as Florence-VL
    /// loads Phi-3.5; `legacy` is read from tokenizer_config.json (missing: true).
    bool useSlow = false;
    /// Overrides the `legacy` of tokenizer_config.json.
    std::optional<bool> legacy;
    /// Append the 1,024 task and location tokens that the Florence-2 processor adds at run time, when missing.
    bool florenceTokens = false;
};

/// Loads the tokenizer of a checkpoint folder: `tokenizer.json`, or `vocab.json` + `merges.txt`, or `tokenizer.model`
/// (`spiece.model`),
/// with `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json` beside it.
/// Throws Error naming the file and the component, token or id that is refused.
std::unique_ptr<Tokenizer> loadTokenizer(const std::filesystem::path& folder, const LoadOptions& options = {});

/// The tokenizer arrays of a GGUF file (`tokenizer.ggml.*`).
struct GgufVocabulary {
    std::string model;  ///< "gpt2" (byte-level BPE) or "llama" (SentencePiece BPE)
    std::string pre;    ///< pre-tokenizer name, e.g. "smollm", "llama-bpe", "qwen2"; byte-level only
    std::vector<std::string> tokens;
    std::vector<std::string> merges;       ///< "left right"; byte-level only
    std::vector<std::int32_t> tokenTypes;  ///< 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte
    std::vector<float> scores;             ///< SentencePiece only
    std::optional<std::int64_t> bos, eos, pad, unknown;
    std::optional<bool> addBos, addEos, addSpacePrefix;
};

/// `where` names the file in errors.
std::unique_ptr<Tokenizer> loadGgufTokenizer(const GgufVocabulary& vocabulary, const std::string& where);

}  // namespace fusionscope::text
