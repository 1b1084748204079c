#include "core/models/stored_options.h"

#include <span>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/model_folder.h"
#include "core/files/output_file.h"
#include "core/fusion/fusion_names.h"

namespace fusionscope::models {

namespace {

nlohmann::json listOf(const std::vector<fusion::Block>& blocks) {
    auto names = nlohmann::json::array();
    for (const auto block : blocks) names.push_back(fusion::name(block));
    return names;
}

std::vector<fusion::Block> blocksFrom(const files::Fields& fields, const char* key) {
    std::string joined;
    for (const auto& text : fields.texts(key)) joined += (joined.empty() ? "" : ",") + text;
    return joined.empty() ? std::vector<fusion::Block>() : fusion::blocksNamed(joined);
}

}  // namespace

nlohmann::json toJson(const EncodeOptions& options) {
    const auto& fused = options.fusion;
    return {{"pooled_token", fusion::name(fused.pooledToken)},
            {"mask_prompt_padding", fused.maskPromptPadding},
            {"fusion", fusion::name(fused.kind)},
            {"block_order", listOf(fused.order)},
            {"ablated", listOf(fused.ablated)},
            {"ablation", fusion::name(fused.ablation)}};
}

EncodeOptions encodeOptionsFrom(const nlohmann::json& json, const std::string& where, EncodeOptions defaults) {
    const files::Fields fields(json, where);
    auto& fused = defaults.fusion;
    try {
        fused.pooledToken = fusion::pooledTokenNamed(fields.textOr("pooled_token", fusion::name(fused.pooledToken)));
        fused.maskPromptPadding = fields.flagOr("mask_prompt_padding", fused.maskPromptPadding);
        fused.kind = fusion::fusionKindNamed(fields.textOr("fusion", fusion::name(fused.kind)));
        fused.ablation = fusion::ablationNamed(fields.textOr("ablation", fusion::name(fused.ablation)));
        if (fields.has("block_order")) fused.order = blocksFrom(fields, "block_order");
        if (fields.has("ablated")) fused.ablated = blocksFrom(fields, "ablated");
    } catch (const Error& error) {
        if (!error.where().empty()) throw;
        throw Error(error.problem(), where, error.hint());
    }
    return defaults;
}

EncodeOptions storedEncodeOptions(const files::ModelFolder& folder, EncodeOptions defaults) {
    const auto json = folder.jsonIf(storedOptionsFile);
    if (!json) return defaults;
    const auto where = folder.where(storedOptionsFile);
    const auto encoding = files::Fields(*json, where).objectIf("encoding");
    return encoding ? encodeOptionsFrom(encoding->json(), where, std::move(defaults)) : defaults;
}

void storeEncodeOptions(const std::filesystem::path& folder, const EncodeOptions& options) {
    const auto path = folder / storedOptionsFile;
    auto json = std::filesystem::exists(path) ? files::readJson(path) : nlohmann::json::object();
    if (!json.is_object()) throw Error("is no JSON object", path.string(), "Remove the file and try again.");
    json["encoding"] = toJson(options);
    files::writeText(path, json.dump(2) + "\n");
}

}  // namespace fusionscope::models
