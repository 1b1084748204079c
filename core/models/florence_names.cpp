#include "core/models/florence_names.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "core/files/error.h"
#include "core/models/tensor_names.h"

namespace fusionscope::models {

namespace {

constexpr std::string_view sharedTable = "language_model.model.shared.weight";

constexpr std::array<Renaming, 7> nativeRoots = {{
    {"model.vision_tower.", "vision_tower."},
    {"model.multi_modal_projector.image_position_embed.", "image_pos_embed."},
    {"model.multi_modal_projector.image_projection.weight", "image_projection"},
    {"model.multi_modal_projector.", ""},
    {"model.language_model.", "language_model.model."},
    {"lm_head.", "language_model.lm_head."},
    {"final_logits_bias", "language_model.final_logits_bias"},
}};

/// Parts of names inside the backbone. Native leaves out the wrappers that the original has around every layer.
constexpr std::array<Renaming, 8> nativeBackboneParts = {{
    {".conv.", ".proj."},
    {".conv1.", ".conv1.fn.dw."},
    {".conv2.", ".conv2.fn.dw."},
    {".window_attn.", ".window_attn.fn."},
    {".channel_attn.", ".channel_attn.fn."},
    {".ffn.", ".ffn.fn.net."},
    {".spatial_block.norm1.", ".spatial_block.window_attn.norm."},
    {".channel_block.norm1.", ".channel_block.channel_attn.norm."},
}};

std::string originalBackboneName(std::string name) {
    for (const auto& [native, original] : nativeBackboneParts)
        if (const size_t at = name.find(native); at != std::string::npos)
            return name.replace(at, native.size(), original);
    constexpr std::string_view secondNorm = ".norm2.";
    if (const size_t at = name.find(secondNorm); at != std::string::npos)
        return name.replace(at, secondNorm.size(), ".ffn.norm.");
    return name;
}

std::string originalName(std::string_view native) {
    for (const auto& [start, replacement] : nativeRoots) {
        if (!native.starts_with(start)) continue;
        auto name = std::string(replacement) + std::string(native.substr(start.size()));
        return replacement == "vision_tower." ? originalBackboneName(std::move(name)) : name;
    }
    return std::string(native);
}

std::vector<std::string> namesBehind(const files::TensorTable& table, const std::string& prefix) {
    std::vector<std::string> names;
    for (auto it = table.lower_bound(prefix); it != table.end() && it->first.starts_with(prefix); ++it)
        names.push_back(it->first.substr(prefix.size()));
    return names;
}

bool isNative(const files::TensorTable& table, const std::string& prefix) {
    for (const std::string_view root : {"model.vision_tower.convs.", "model.language_model."}) {
        const auto it = table.lower_bound(prefix + std::string(root));
        if (it != table.end() && it->first.starts_with(prefix + std::string(root))) return true;
    }
    return false;
}

void renameNative(files::TensorTable& table, const std::string& prefix) {
    for (const auto& name : namesBehind(table, prefix)) {
        const auto original = originalName(name);
        renameTensor(table, prefix + name, prefix + original);
        if (original != "image_projection") continue;
        auto& projection = table.find(prefix + original)->second;
        if (projection.shape.size() != 2) throw Error("tensor " + prefix + name + " is no matrix", projection.file);
        projection.transposed = !projection.transposed;
    }
}

void joinTiedTables(files::TensorTable& table, const std::string& prefix) {
    std::string kept;
    for (const std::string_view tied :
         {sharedTable, std::string_view("language_model.model.encoder.embed_tokens.weight"),
          std::string_view("language_model.model.decoder.embed_tokens.weight"),
          std::string_view("language_model.lm_head.weight")}) {
        const auto name = prefix + std::string(tied);
        const auto found = table.find(name);
        if (found == table.end()) continue;
        if (kept.empty()) {
            kept = name;
            continue;
        }
        if (found->second.shape != table.find(kept)->second.shape)
            throw Error(concat("tensors ", kept, " and ", name, " differ in shape, they must be the same table"),
                        found->second.file);
        table.erase(found);
    }
    if (kept.empty())
        throw Error("tensor " + prefix + std::string(sharedTable) + " is missing",
                    table.empty() ? "checkpoint" : table.begin()->second.file,
                    "The checkpoint is incomplete or of another family.");
    renameTensor(table, kept, prefix + std::string(sharedTable));
}

}  // namespace

void canonicalizeFlorenceNames(files::TensorTable& table, const std::string& prefix) {
    if (isNative(table, prefix)) renameNative(table, prefix);
    for (const auto* leftover : {"vision_tower.norms.", "vision_tower.head."})
        for (const auto& name : namesBehind(table, prefix + leftover)) table.erase(prefix + leftover + name);
    joinTiedTables(table, prefix);
}

}  // namespace fusionscope::models
