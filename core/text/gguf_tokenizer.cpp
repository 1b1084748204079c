#include <algorithm>
#include <map>

#include "core/files/error.h"
#include "core/files/printable.h"
#include "core/text/bpe_files.h"
#include "core/text/bpe_tokenizer.h"
#include "core/text/sentencepiece_model.h"
#include "core/text/sentencepiece_tokenizer.h"
#include "core/text/unicode.h"
#include "core/text/utf8.h"

namespace fusionscope::text {

namespace {

enum TokenType : std::int32_t { normalToken = 1, unknownToken, controlToken, userToken, unusedToken, byteToken };

/// How the families that GGUF names cut text into words.
struct PreTokenizerKind {
    std::string_view pattern;
    bool digits = false;        ///< every digit is a word of its own
    bool nfc = false;           ///< text is composed before
    bool ignoreMerges = false;  ///< words that are tokens are not merged from characters
    bool addBos = false;        ///< unless the file says otherwise
};

const PreTokenizerKind& kindOf(const std::string& name, const std::string& where) {
    static const std::map<std::string, PreTokenizerKind, std::less<>> kinds = {
        {"default", {gpt2Pattern}},
        {"gpt-2", {gpt2Pattern}},
        {"roberta-bpe", {gpt2Pattern}},
        {"smollm", {.pattern = gpt2Pattern, .digits = true}},
        {"llama-bpe", {.pattern = llama3Pattern, .ignoreMerges = true, .addBos = true}},
        {"llama3", {.pattern = llama3Pattern, .ignoreMerges = true, .addBos = true}},
        {"llama-v3", {.pattern = llama3Pattern, .ignoreMerges = true, .addBos = true}},
        {"qwen2", {.pattern = qwen2Pattern, .nfc = true}},
    };
    const auto found = kinds.find(name.empty() ? "default" : name);
    if (found == kinds.end()) {
        std::string known;
        for (const auto& [each, kind] : kinds) known += (known.empty() ? "" : ", ") + each;
        throw Error("tokenizer.ggml.pre is " + files::inQuotes(name) + ", expected one of " + known, where,
                    "Load the model's Hugging Face folder instead.");
    }
    return found->second;
}

std::int32_t typeOf(const GgufVocabulary& vocabulary, std::size_t id) {
    return vocabulary.tokenTypes.empty() ? normalToken : vocabulary.tokenTypes[id];
}

/// Control and user-defined tokens are cut out of the text.
AddedTokens addedTokens(const GgufVocabulary& vocabulary, const std::string& where) {
    AddedTokens added;
    for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
        const std::int32_t type = typeOf(vocabulary, i);
        if (type != controlToken && type != userToken && type != unknownToken) continue;
        AddedToken token;
        token.content = vocabulary.tokens[i];
        token.id = static_cast<std::int64_t>(i);
        token.special = type != userToken;
        added.add(std::move(token), where);
    }
    return added;
}

/// The ids that play a role; each must be there.
SpecialIds specialIds(const GgufVocabulary& vocabulary, const std::string& where) {
    const auto checked = [&](std::optional<std::int64_t> id, const char* name) {
        if (id && (*id < 0 || static_cast<std::size_t>(*id) >= vocabulary.tokens.size())) {
            throw Error(concat("tokenizer.ggml.", name, "_token_id is ", *id, ", but there are ",
                               vocabulary.tokens.size(), " tokens"),
                        where);
        }
        return id;
    };
    return {checked(vocabulary.bos, "bos"), checked(vocabulary.eos, "eos"), checked(vocabulary.pad, "padding"),
            checked(vocabulary.unknown, "unknown")};
}

std::unique_ptr<Tokenizer> byteLevelTokenizer(const GgufVocabulary& vocabulary, const std::string& where) {
    const PreTokenizerKind& kind = kindOf(vocabulary.pre, where);
    std::vector<Vocabulary::Entry> entries;
    for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
        if (typeOf(vocabulary, i) != unusedToken)
            entries.push_back({vocabulary.tokens[i], static_cast<std::int64_t>(i)});
    }
    std::vector<Bpe::Merge> merges;
    merges.reserve(vocabulary.merges.size());
    for (const std::string& merge : vocabulary.merges) merges.push_back(readMerge(merge, merges.size(), where));

    BpeOptions options;
    options.ignoreMerges = kind.ignoreMerges;
    BpeParts parts{Bpe(Vocabulary(std::move(entries), where), merges, options, where),
                   addedTokens(vocabulary, where),
                   {},
                   {},
                   TokenDecoder::byteLevel(),
                   {},
                   {},
                   specialIds(vocabulary, where)};
    if (kind.nfc) {
        parts.normalizer = {[](const std::string& text) { return normalised(text, NormalForm::NFC); }};
    }
    if (kind.digits) parts.preTokenizer.push_back(splitDigits(true));
    parts.preTokenizer.push_back(splitIsolated(Regex(kind.pattern, where)));
    parts.preTokenizer.push_back(byteLevel(vocabulary.addSpacePrefix.value_or(false), false));
    if (vocabulary.addBos.value_or(kind.addBos) && parts.special.bos) parts.prefix = {*parts.special.bos};
    if (vocabulary.addEos.value_or(false) && parts.special.eos) parts.suffix = {*parts.special.eos};
    return std::make_unique<BpeTokenizer>(std::move(parts));
}

std::unique_ptr<Tokenizer> sentencePieceTokenizer(const GgufVocabulary& vocabulary, const std::string& where) {
    SentencePieceOptions options;
    options.addPrefixSpace = vocabulary.addSpacePrefix.value_or(true);
    options.added = addedTokens(vocabulary, where);
    options.addBos = vocabulary.addBos.value_or(true);
    options.addEos = vocabulary.addEos.value_or(false);
    const SpecialIds ids = specialIds(vocabulary, where);
    const auto tokenOf = [&](std::optional<std::int64_t> id) -> std::optional<std::string> {
        if (!id) return std::nullopt;
        return vocabulary.tokens[static_cast<std::size_t>(*id)];
    };
    options.bos = tokenOf(ids.bos);
    options.eos = tokenOf(ids.eos);
    options.pad = tokenOf(ids.pad);
    options.unknown = tokenOf(ids.unknown);
    for (const AddedToken& token : options.added.all()) {
        if (token.special) options.special.push_back(token.content);
    }
    return std::make_unique<SentencePieceTokenizer>(sentencePieceModel(vocabulary, where), std::move(options), where);
}

}  // namespace

std::unique_ptr<Tokenizer> loadGgufTokenizer(const GgufVocabulary& vocabulary, const std::string& where) {
    const std::size_t count = vocabulary.tokens.size();
    if (count == 0) throw Error("the file holds no vocabulary (tokenizer.ggml.tokens)", where);
    if (!vocabulary.tokenTypes.empty() && vocabulary.tokenTypes.size() != count) {
        throw Error(concat("the vocabulary has ", count, " tokens and ", vocabulary.tokenTypes.size(), " types"), where);
    }
    for (std::size_t i = 0; i < count; ++i) {
        if (!isValidUtf8(vocabulary.tokens[i]))
            throw Error(concat("token ", i, " is no UTF-8: ", files::inQuotes(vocabulary.tokens[i])), where);
    }
    if (vocabulary.model == "gpt2") return byteLevelTokenizer(vocabulary, where);
    if (vocabulary.model == "llama") return sentencePieceTokenizer(vocabulary, where);
    throw Error("tokenizer.ggml.model is " + files::inQuotes(vocabulary.model) + ", expected \"gpt2\" or \"llama\"",
                where);
}

}  // namespace fusionscope::text
