#include "core/text/tokenizer_config.h"

#include <algorithm>
#include <charconv>

#include "core/files/error.h"
#include "core/files/printable.h"

namespace fusionscope::text {

namespace {

using files::Fields;
using nlohmann::json;

/// A special token is written as its text or as an object with the text under `content`.
std::optional<std::string> readToken(const Fields& fields, std::string_view key) {
    const json* value = fields.find(key);
    if (!value) return std::nullopt;
    return value->is_object() ? fields.object(key).text("content") : fields.text(key);
}

std::optional<bool> readFlag(const Fields& fields, std::string_view key) {
    if (!fields.has(key)) return std::nullopt;
    return fields.flag(key);
}

void note(std::vector<std::string>& tokens, const std::string& token) {
    if (!token.empty() && std::find(tokens.begin(), tokens.end(), token) == tokens.end()) tokens.push_back(token);
}

/// The roles and the additional special tokens of tokenizer_config.json or special_tokens_map.json.
void readRoles(TokenizerConfig& config, const Fields& fields) {
    const auto role = [&](std::optional<std::string>& token, std::string_view key) {
        if (!token) token = readToken(fields, key);
        if (token) note(config.special, *token);
    };
    role(config.bos, "bos_token");
    role(config.eos, "eos_token");
    role(config.pad, "pad_token");
    role(config.unknown, "unk_token");
    for (const std::string_view key : {"sep_token", "cls_token", "mask_token"}) {
        if (const auto token = readToken(fields, key)) note(config.special, *token);
    }
    const json* additional = fields.find("additional_special_tokens");
    if (!additional || !additional->is_array()) return;
    for (const json& token : *additional)
        note(config.special, token.is_string() ? token.get<std::string>() : Fields(token, fields.where()).text("content"));
}

std::int64_t readId(const std::string& key, const Fields& fields) {
    std::int64_t id = -1;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (error != std::errc() || end != key.data() + key.size() || id < 0)
        fields.refuse("added_tokens_decoder", "has the key " + files::inQuotes(key) + ", expected an id");
    return id;
}

void readAddedTokensDecoder(TokenizerConfig& config, const Fields& fields) {
    const json* list = fields.find("added_tokens_decoder");
    if (!list) return;
    if (!list->is_object()) fields.refuse("added_tokens_decoder", "is not an object");
    for (const auto& [key, value] : list->items()) {
        AddedToken token = readAddedToken(Fields(value, fields.where()));
        token.id = readId(key, fields);
        config.addedTokens.push_back(std::move(token));
    }
}

/// added_tokens.json repeats the ids without the flags; where nothing else lists the tokens they are special ones.
void readAddedTokensFile(TokenizerConfig& config, const std::filesystem::path& file) {
    const json list = files::readJson(file);
    const Fields fields(list, file.string());
    for (const auto& [content, value] : list.items()) {
        const bool known = std::any_of(config.addedTokens.begin(), config.addedTokens.end(),
                                       [&](const AddedToken& token) { return token.content == content; });
        if (known) continue;
        AddedToken token;
        token.content = content;
        token.id = fields.integer(content, {0, std::int64_t{1} << 24});
        token.special = true;
        config.addedTokens.push_back(std::move(token));
    }
}

}  // namespace

AddedToken readAddedToken(const Fields& fields) {
    AddedToken token;
    token.content = fields.text("content");
    token.special = fields.flagOr("special", false);
    token.singleWord = fields.flagOr("single_word", false);
    token.lstrip = fields.flagOr("lstrip", false);
    token.rstrip = fields.flagOr("rstrip", false);
    token.normalized = fields.flagOr("normalized", !token.special);
    return token;
}

TokenizerConfig readTokenizerConfig(const std::filesystem::path& folder) {
    TokenizerConfig config;
    config.where = (folder / "tokenizer_config.json").string();
    if (std::filesystem::exists(config.where)) {
        const json content = files::readJson(config.where);
        const Fields fields(content, config.where);
        config.className = fields.textOr("tokenizer_class", "");
        if (config.className.ends_with("Fast")) config.className.resize(config.className.size() - 4);
        config.addBos = readFlag(fields, "add_bos_token");
        config.addEos = readFlag(fields, "add_eos_token");
        config.legacy = readFlag(fields, "legacy");
        config.addPrefixSpace = readFlag(fields, "add_prefix_space");
        readRoles(config, fields);
        readAddedTokensDecoder(config, fields);
    }
    if (const auto map = folder / "special_tokens_map.json"; std::filesystem::exists(map)) {
        const json content = files::readJson(map);
        readRoles(config, Fields(content, map.string()));
    }
    if (const auto added = folder / "added_tokens.json"; std::filesystem::exists(added))
        readAddedTokensFile(config, added);
    std::sort(config.addedTokens.begin(), config.addedTokens.end(),
              [](const AddedToken& a, const AddedToken& b) { return a.id < b.id; });
    return config;
}

}  // namespace fusionscope::text
