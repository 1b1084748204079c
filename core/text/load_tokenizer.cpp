#include "core/files/error.h"
#include "core/files/mapped_file.h"
#include "core/text/bpe_files.h"
#include "core/text/bpe_tokenizer.h"
#include "core/text/sentencepiece_tokenizer.h"
#include "core/text/tokenizer_config.h"

namespace fusionscope::text {

namespace {

constexpr std::size_t maxModelBytes = std::size_t{32} << 20;

/// The task and location tokens of Florence-2 in the order in which its processor adds them.
std::vector<std::string> florenceTokens() {
    std::vector<std::string> tokens = {"<od>", "</od>", "<ocr>", "</ocr>"};
    for (int bin = 0; bin < 1000; ++bin) tokens.push_back(concat("<loc_", bin, '>'));
    for (const char* token :
         {"<cap>", "</cap>", "<ncap>", "</ncap>", "<dcap>", "</dcap>", "<grounding>", "</grounding>", "<seg>", "</seg>",
          "<sep>", "<region_cap>", "</region_cap>", "<region_to_desciption>", "</region_to_desciption>", "<proposal>",
          "</proposal>", "<poly>", "</poly>", "<and>"})
        tokens.emplace_back(token);
    return tokens;
}

/// Puts what the configuration says over what the vocabulary's own files say.
void apply(const TokenizerConfig& config, BpeParts& parts) {
    for (const AddedToken& token : config.addedTokens) {
        if (!parts.added.find(std::string_view(token.content))) parts.add(token, config.where);
    }
    // A role can name a token that this vocabulary does not have; then nothing plays it.
    for (const std::string& token : config.special) {
        if (parts.id(token)) parts.addSpecial(token, config.where);
    }
    const auto assign = [&](std::optional<std::int64_t>& id, const std::optional<std::string>& token) {
        if (token) id = parts.id(*token);
    };
    assign(parts.special.bos, config.bos);
    assign(parts.special.eos, config.eos);
    assign(parts.special.pad, config.pad);
    assign(parts.special.unknown, config.unknown);

    // Llama's tokenizer class makes its own post-processor from these two settings.
    if (config.className != "LlamaTokenizer") return;
    const auto around = [](std::vector<std::int64_t>& ids, std::optional<bool> wanted, std::optional<std::int64_t> id) {
        if (!wanted) return;
        ids.clear();
        if (*wanted && id) ids.push_back(*id);
    };
    around(parts.prefix, config.addBos, parts.special.bos);
    around(parts.suffix, config.addEos, parts.special.eos);
}

std::unique_ptr<Tokenizer> makeBpe(BpeParts parts, const TokenizerConfig& config, const LoadOptions& options) {
    apply(config, parts);
    if (options.florenceTokens) {
        for (const std::string& token : florenceTokens()) parts.addSpecial(token, config.where);
    }
    return std::make_unique<BpeTokenizer>(std::move(parts));
}

std::unique_ptr<Tokenizer> loadSentencePiece(const std::filesystem::path& file, const TokenizerConfig& config,
                                             const LoadOptions& load) {
    const auto mapped = files::MappedFile::open(file);
    const std::string where = mapped->where();
    if (mapped->text().size() > maxModelBytes)
        throw Error(concat("has ", mapped->text().size(), " bytes, more than a SentencePiece model may have"), where);
    std::string model(mapped->text());

    SentencePieceOptions options;
    options.legacy = load.legacy.value_or(config.legacy.value_or(true));
    options.addPrefixSpace = config.addPrefixSpace.value_or(true);
    options.addBos = config.addBos.value_or(true);
    options.addEos = config.addEos.value_or(false);

    options.bos = config.bos.value_or("<s>");
    options.eos = config.eos.value_or("</s>");
    options.unknown = config.unknown.value_or("<unk>");
    options.pad = config.pad;
    options.special = config.special;
    options.special.insert(options.special.end(), {*options.bos, *options.eos, *options.unknown});
    for (const AddedToken& token : config.addedTokens) options.added.add(token, config.where);
    return std::make_unique<SentencePieceTokenizer>(std::move(model), std::move(options), where);
}

}  // namespace

std::unique_ptr<Tokenizer> loadTokenizer(const std::filesystem::path& folder, const LoadOptions& options) {
    const TokenizerConfig config = readTokenizerConfig(folder);
    const auto has = [&](const char* file) { return std::filesystem::exists(folder / file); };

    const char* const slow = has("spiece.model") ? "spiece.model" : "tokenizer.model";
    const auto model = folder / slow;
    if (options.useSlow && has(slow)) return loadSentencePiece(model, config, options);
    if (has("tokenizer.json")) return makeBpe(readTokenizerJson(folder / "tokenizer.json"), config, options);
    if (has("vocab.json") && has("merges.txt"))
        return makeBpe(readVocabularyAndMerges(folder, config), config, options);
    if (has(slow)) return loadSentencePiece(model, config, options);
    throw Error("has no tokenizer: neither tokenizer.json, nor vocab.json with merges.txt, nor tokenizer.model",
                folder.string(), "Copy the missing file from where the model comes from.");
}

}  // namespace fusionscope::text
