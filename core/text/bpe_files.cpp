#include "core/text/bpe_files.h"

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/mapped_file.h"
#include "core/files/printable.h"
#include "core/text/component.h"
#include "core/text/tokenizer_config.h"

namespace fusionscope::text {

namespace {

using files::Fields;
using nlohmann::json;

Vocabulary readVocabulary(const json& list, const std::string& where) {
    if (!list.is_object() || list.empty()) throw Error("the vocabulary is not an object of tokens and ids", where);
    std::vector<Vocabulary::Entry> entries;
    entries.reserve(list.size());
    for (const auto& [token, id] : list.items()) {
        if (!id.is_number_integer() || (id.is_number_unsigned() && id.get<std::uint64_t>() > INT64_MAX))
            throw Error("token " + files::inQuotes(token) + " has an id that is not a whole number", where);
        entries.push_back({token, id.get<std::int64_t>()});
    }
    return Vocabulary(std::move(entries), where);
}

/// Merges are written as "left right" or as pairs.
std::vector<Bpe::Merge> readMerges(const json& list, const std::string& where) {
    if (!list.is_array()) throw Error("the merges are not a list", where);
    std::vector<Bpe::Merge> merges;
    merges.reserve(list.size());
    for (const json& merge : list) {
        const std::size_t rank = merges.size();
        if (merge.is_string()) {
            const std::string_view line = merge.get_ref<const std::string&>();
            if (!line.starts_with("#version")) merges.push_back(readMerge(line, rank, where));
        } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
            merges.push_back({merge[0].get_ref<const std::string&>(), merge[1].get_ref<const std::string&>(),
                              static_cast<std::uint32_t>(rank)});
        } else {
            throw Error(concat("merge ", rank, " is not a pair of tokens"), where);
        }
    }
    return merges;
}

Bpe readModel(const Fields& model, const std::string& where) {
    const std::string type = model.textOr("type", model.has("merges") ? "BPE" : "unknown");
    if (type != "BPE") {
        throw Error("the model " + files::inQuotes(type) + " is not supported, expected BPE", where,
                    "Put the model's tokenizer.model (SentencePiece) in place of this file.");
    }
    for (const std::string_view key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
        if (const std::string value = model.textOr(key, ""); !value.empty())
            model.refuse(key, "is " + files::inQuotes(value) + ", which is not supported");
    }
    BpeOptions options;
    if (model.has("unk_token")) options.unknown = model.text("unk_token");
    options.fuseUnknown = model.flagOr("fuse_unk", false);
    options.byteFallback = model.flagOr("byte_fallback", false);
    options.ignoreMerges = model.flagOr("ignore_merges", false);

    const json *vocabulary = model.find("vocab"), *merges = model.find("merges");
    if (!vocabulary) model.refuse("vocab", "is missing");
    if (!merges) model.refuse("merges", "is missing");
    return Bpe(readVocabulary(*vocabulary, where), readMerges(*merges, where), std::move(options), where);
}

/// Reads the `post_processor`: the ids around a text.
class AroundReader {
  public:
    AroundReader(BpeParts& parts, const std::string& where) : m_parts(parts), m_where(where) {}

    bool operator()(const std::string& type, const Fields& fields) {
        if (type == "ByteLevel") return true;  // concerns offsets only
        if (type == "RobertaProcessing") {
            readRoberta(fields);
        } else if (type == "TemplateProcessing") {
            readTemplate(fields);
        } else {
            return false;
        }
        return true;
    }

  private:
    std::int64_t checked(std::int64_t id) const {
        if (!m_parts.added.find(id) && !m_parts.model.vocabulary().token(id))
            throw Error(concat("the post-processor adds id ", id, ", which no token has"), m_where);
        return id;
    }

    /// A token and its id, as a pair.
    std::int64_t pairId(const Fields& fields, std::string_view key) const {
        const json* pair = fields.find(key);
        if (!pair || !pair->is_array() || pair->size() != 2 || !(*pair)[1].is_number_integer())
            fields.refuse(key, "of the post-processor is not a token and its id");
        return checked((*pair)[1].get<std::int64_t>());
    }

    void readRoberta(const Fields& fields) {
        const std::int64_t cls = pairId(fields, "cls"), sep = pairId(fields, "sep");
        m_parts.prefix.insert(m_parts.prefix.begin(), cls);
        m_parts.suffix.push_back(sep);
        m_parts.special = {cls, sep, m_parts.id("<pad>"), m_parts.id("<unk>")};
    }

    void readTemplate(const Fields& fields) {
        const json* items = fields.find("single");
        if (!items || !items->is_array()) fields.refuse("single", "of the post-processor is not a list");
        std::vector<std::int64_t> before, after;
        bool seenText = false;
        for (const json& item : *items) {
            const Fields part(item, m_where);
            if (part.has("Sequence")) {
                if (seenText) fields.refuse("single", "of the post-processor holds the text twice");
                seenText = true;
                continue;
            }
            const std::string name = part.object("SpecialToken").text("id");
            const auto ids = fields.object("special_tokens").object(name).integers("ids");
            for (const std::int64_t id : ids) (seenText ? after : before).push_back(checked(id));
        }
        if (!seenText) fields.refuse("single", "of the post-processor leaves the text out");
        m_parts.prefix.insert(m_parts.prefix.begin(), before.begin(), before.end());
        m_parts.suffix.insert(m_parts.suffix.end(), after.begin(), after.end());
    }

    BpeParts& m_parts;
    const std::string& m_where;
};

const json& componentOf(const json& content, const char* key) {
    static const json none;
    const auto found = content.find(key);
    return found == content.end() ? none : *found;
}

}  // namespace

Bpe::Merge readMerge(std::string_view line, std::size_t rank, const std::string& where) {
    const std::size_t space = line.find(' ');
    if (space == 0 || space == line.npos || space + 1 == line.size() || line.find(' ', space + 1) != line.npos) {
        throw Error(concat("merge ", rank, " is ", files::inQuotes(line), ", expected two tokens with a space between"),
                    where);
    }
    return {line.substr(0, space), line.substr(space + 1), static_cast<std::uint32_t>(rank)};
}

BpeParts readTokenizerJson(const std::filesystem::path& file) {
    const std::string where = file.string();
    const json content = files::readJson(file, files::vocabularyLimits);
    const Fields fields(content, where);
    if (const std::string version = fields.textOr("version", "1.0"); version != "1.0")
        fields.refuse("version", "is " + files::inQuotes(version) + ", expected \"1.0\"");

    BpeParts parts{readModel(fields.object("model"), where), {}, {}, {}, TokenDecoder(), {}, {}, {}};
    if (const json* added = fields.find("added_tokens")) {
        if (!added->is_array()) fields.refuse("added_tokens", "is not a list");
        for (const json& item : *added) {
            const Fields token(item, where);
            AddedToken read = readAddedToken(token);
            read.id = token.integer("id");
            parts.add(std::move(read), where);
        }
    }
    parts.normalizer = readNormalizer(componentOf(content, "normalizer"), where);
    parts.preTokenizer = readPreTokenizer(componentOf(content, "pre_tokenizer"), where);
    parts.decoder = TokenDecoder::read(componentOf(content, "decoder"), where);
    readComponent(componentOf(content, "post_processor"), "post-processor", "processors", where,
                  AroundReader(parts, where));
    return parts;
}

BpeParts readVocabularyAndMerges(const std::filesystem::path& folder, const TokenizerConfig& config) {
    const auto vocabularyFile = folder / "vocab.json", mergesFile = folder / "merges.txt";
    const json vocabulary = files::readJson(vocabularyFile, files::vocabularyLimits);
    const auto text = files::MappedFile::open(mergesFile);

    std::vector<Bpe::Merge> merges;
    for (std::string_view rest = text->text(); !rest.empty();) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty() && !line.starts_with("#version"))
            merges.push_back(readMerge(line, merges.size(), mergesFile.string()));
    }
    BpeParts parts{Bpe(readVocabulary(vocabulary, vocabularyFile.string()), merges, {}, mergesFile.string()),
                   {},
                   {},
                   {},
                   TokenDecoder::byteLevel(),
                   {},
                   {},
                   {}};
    const bool prefixSpace = config.addPrefixSpace.value_or(false);
    if (config.className == "Qwen2Tokenizer") {
        parts.normalizer = readNormalizer({{"type", "NFC"}}, config.where);
        parts.preTokenizer = {splitIsolated(Regex(qwen2Pattern, config.where)), byteLevel(prefixSpace, false)};
    } else {
        parts.preTokenizer = {byteLevel(prefixSpace, true)};
    }
    if (config.className == "BartTokenizer" || config.className == "RobertaTokenizer") {
        const auto bos = parts.id("<s>"), eos = parts.id("</s>");
        if (bos && eos) {
            parts.prefix = {*bos};
            parts.suffix = {*eos};
            parts.special = {bos, eos, parts.id("<pad>"), parts.id("<unk>")};
        }
    }
    return parts;
}

}  // namespace fusionscope::text
