#include "core/models/registry.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>

#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/model_folder.h"
#include "core/models/florence_vl.h"
#include "core/models/idefics3.h"
#include "core/models/llava_onevision.h"

namespace fusionscope::models {

namespace {

using AnyModel = decltype(LoadedModel::model);
using Names = std::vector<std::string_view>;

/// One kind of checkpoint. A new family is a file with its model and a row below.
struct Family {
    std::string_view name;
    Names modelTypes;     ///< what `model_type` in config.json says
    Names architectures;  ///< what `architectures` says where `model_type` is absent
    bool takesPictures;
    AnyModel (*load)(const files::ModelFolder& folder, const nn::WeightOptions& options);
    void (*canonicalize)(files::TensorTable& table) = nullptr;  ///< of families whose loader renames the decoder's tensors
};

template <class Model>
AnyModel loadAs(const files::ModelFolder& folder, const nn::WeightOptions& options) {
    return Model::load(folder, options);
}

const std::vector<Family>& families() {
    static const std::vector<Family> table = {
        {"florence-vl",
         {"llava_phi", "llava_llama"},
         {"LlavaPhiForCausalLM", "LlavaLlamaForCausalLM"},
         true,
         loadAs<FlorenceVl>},
        {"llava-onevision",
         {"llava_onevision", "llava_qwen", "llava"},
         {"LlavaOnevisionForConditionalGeneration", "LlavaQwenForCausalLM"},
         true,
         loadAs<LlavaOnevision>,
         canonicalizeLlavaOnevisionNames},
        {"idefics3",
         {"idefics3", "smolvlm"},
         {"Idefics3ForConditionalGeneration", "SmolVLMForConditionalGeneration"},
         true,
         loadAs<Idefics3>,
         canonicalizeIdefics3Names},
        {"florence-2", {"florence2"}, {"Florence2ForConditionalGeneration"}, true, loadAs<Florence2>},
        {"siglip", {"siglip"}, {"SiglipModel"}, true, loadAs<SiglipPair>},
        {"llama", {"llama"}, {"LlamaForCausalLM"}, false, loadAs<language::Decoder>},
        {"phi-3", {"phi3"}, {"Phi3ForCausalLM"}, false, loadAs<language::Decoder>},
        {"qwen2", {"qwen2"}, {"Qwen2ForCausalLM"}, false, loadAs<language::Decoder>},
    };
    return table;
}

bool contains(const Names& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Levenshtein's distance.
size_t distance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t above = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row.back();
}

/// What config.json says about itself, for finding its family and for telling when there is none.
struct Identity {
    std::string modelType;
    std::vector<std::string> architectures;

    std::string text() const {
        std::string words = modelType.empty() ? "no model_type" : "model_type \"" + modelType + "\"";
        for (const auto& name : architectures) words += ", architecture " + name;
        return words;
    }
};

Identity identityOf(const files::ModelFolder& folder) {
    const auto config = folder.json("config.json");
    const files::Fields fields(config, folder.where("config.json"));
    return {fields.textOr("model_type", ""), fields.texts("architectures")};
}

const Family& nearest(const Identity& identity) {
    constexpr size_t longestCompared = 200;
    const Family* best = &families().front();
    size_t least = std::string_view::npos;
    const auto compare = [&](const Family& family, std::string_view known, std::string_view found) {
        const size_t steps = distance(known, found.substr(0, longestCompared));
        if (found.empty() || steps >= least) return;
        least = steps;
        best = &family;
    };
    for (const auto& family : families()) {
        for (const auto& known : family.modelTypes) compare(family, known, identity.modelType);
        for (const auto& known : family.architectures)
            for (const auto& found : identity.architectures) compare(family, known, found);
    }
    return *best;
}

[[noreturn]] void refuse(const Identity& identity, const std::string& where) {
    const auto& family = nearest(identity);
    std::string types;
    for (const auto& type : family.modelTypes) types += (types.empty() ? "" : " or ") + std::string(type);
    std::string known;
    for (const auto& other : families()) known += (known.empty() ? "" : ", ") + std::string(other.name);
    throw Error(concat("the checkpoint is of no known family (", identity.text(), ")"), where,
                concat("The nearest one is ", family.name, " (model_type ", types,
                       "); what is missing is a model of this type. Known families: ", known, "."));
}

const Family& find(const files::ModelFolder& folder) {
    const auto identity = identityOf(folder);
    for (const auto& family : families())
        if (contains(family.modelTypes, identity.modelType)) return family;
    if (identity.modelType.empty())
        for (const auto& family : families())
            for (const auto& name : identity.architectures)
                if (contains(family.architectures, name)) return family;
    refuse(identity, folder.where("config.json"));
}

}  // namespace

const VisionLanguageModel* LoadedModel::visionLanguage() const {
    const auto* held = std::get_if<std::unique_ptr<VisionLanguageModel>>(&model);
    return held ? held->get() : nullptr;
}

const Florence2* LoadedModel::florence2() const {
    const auto* held = std::get_if<std::unique_ptr<Florence2>>(&model);
    return held ? held->get() : nullptr;
}

const SiglipPair* LoadedModel::siglip() const {
    const auto* held = std::get_if<std::unique_ptr<SiglipPair>>(&model);
    return held ? held->get() : nullptr;
}

const language::Decoder* LoadedModel::decoder() const {
    if (const auto* both = visionLanguage()) return &both->decoder();
    const auto* held = std::get_if<std::unique_ptr<language::Decoder>>(&model);
    return held ? held->get() : nullptr;
}

std::vector<std::string> knownFamilies() {
    std::vector<std::string> names;
    for (const auto& family : families()) names.emplace_back(family.name);
    return names;
}

std::string familyOf(const files::ModelFolder& folder) {
    return std::string(find(folder).name);
}

bool takesPictures(const files::ModelFolder& folder) {
    return find(folder).takesPictures;
}

files::TensorTable canonicalTensors(const files::ModelFolder& folder) {
    auto table = folder.tensors();
    if (const auto& family = find(folder); family.canonicalize) family.canonicalize(table);
    return table;
}

LoadedModel loadModel(const files::ModelFolder& folder, const nn::WeightOptions& options) {
    const auto& family = find(folder);
    return {std::string(family.name), family.load(folder, options)};
}

}  // namespace fusionscope::models
