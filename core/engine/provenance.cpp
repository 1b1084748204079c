#include "core/engine/provenance.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/models/stored_options.h"
#include "core/engine/version.h"
#include "core/files/error.h"
#include "core/fusion/fusion_names.h"
#include "core/image/processor.h"

namespace fusionscope::engine {

namespace {

using nlohmann::json;

std::string nameOfFolder(const std::string& path) {
    const auto clean = std::filesystem::path(path).lexically_normal();
    return (clean.has_filename() ? clean.filename() : clean.parent_path().filename()).string();
}

std::string shortHash(const std::string& hash) { return hash.substr(0, 12); }

std::string kindText(const Atlas& atlas) {
    const auto& options = atlas.options;
    switch (options.kind) {
        case MapKind::Pca:
            if (options.savedBasis) return "PCA colours, saved basis";
            return concat("PCA colours, one basis per ", options.basis == BasisScope::All ? "width" : name(options.basis));
        case MapKind::Foreground:
            return concat("PCA colours of the foreground, first component above ", options.foregroundThreshold);
        case MapKind::Similarity:
            return concat("cosine to the selected patches",
                          options.origin == inspect::Origin::Mean ? ", mean taken off first" : "");
        case MapKind::Norm: return "length of each patch's vector";
        case MapKind::Channel:
            return options.channel < 0 ? "the channel that varies most" : concat("channel ", options.channel);
        case MapKind::Cluster: return concat("k-means, ", options.clusters, " clusters, seed ", options.seed);
    }
    return {};
}

std::string encodingText(const ModelSummary& model, const models::EncodeOptions& options) {
    if (!model.chats) return {};
    if (!model.fuses)
        return concat(options.tiles ? "in tiles" : "the whole alone", ", transparency ",
                      options.white ? "on white" : "dropped");
    const auto& fused = options.fusion;
    std::string text = concat("pooled token ", fusion::name(fused.pooledToken), ", prompt padding ",
                              fused.maskPromptPadding ? "masked" : "seen", ", joined by ", fusion::name(fused.kind), ": ",
                              fusion::namesOf(fused.order));
    if (!fused.ablated.empty() && fused.ablation != fusion::Ablation::None)
        text += concat("; ", fusion::namesOf(fused.ablated), " replaced by ", fusion::name(fused.ablation));
    return text;
}

json mapJson(const MapOptions& options) {
    json map = {{"kind", name(options.kind)}};
    switch (options.kind) {
        case MapKind::Pca:
            map["basis"] = options.savedBasis ? "saved" : name(options.basis);
            break;
        case MapKind::Foreground:
            map["basis"] = name(options.basis);
            map["threshold"] = options.foregroundThreshold;
            break;
        case MapKind::Similarity:
            map["selection"] = options.selection;
            map["origin"] = options.origin == inspect::Origin::Mean ? "mean" : "zero";
            if (options.selectionColumn >= 0) map["selection_column"] = options.selectionColumn;
            break;
        case MapKind::Channel: break;  // stated with each cell
        case MapKind::Cluster:
            map["clusters"] = options.clusters;
            map["seed"] = options.seed;
            break;
        case MapKind::Norm: break;
    }
    return map;
}

json cellJson(const Atlas& atlas, const AtlasCell& cell) {
    const auto& features = *cell.features;
    json object = {{"name", cell.activation.name},
                   {"row", atlas.rows[static_cast<size_t>(cell.row)]},
                   {"column", atlas.columns[static_cast<size_t>(cell.column)]},
                   {"shape", {features.rows, features.columns, features.channels}},
                   {"reaches_language_model", cell.activation.reachesLanguageModel}};
    if (std::holds_alternative<inspect::ScalarMap>(cell.drawing)) object["range"] = {cell.range.low, cell.range.high};
    if (cell.basis >= 0) object["basis"] = cell.basis;
    if (cell.channel >= 0) object["channel"] = cell.channel;
    return object;
}

json videoJson(const VideoProvenance& video) {
    json object = {{"sha256", video.hash},
                   {"sampling", video.sampling},
                   {"duration", video.times.duration},
                   {"frames", video.all},
                   {"indices", video.indices},
                   {"seconds", video.times.seconds}};
    if (std::ranges::any_of(video.changes, [](const auto& change) { return change.has_value(); })) {
        object["changes"] = json::array();
        for (const auto& change : video.changes) object["changes"].push_back(change ? json(*change) : json());
    }
    return object;
}

}  // namespace

json modelJson(const ModelSummary& model, const std::string& hash) {
    return {{"name", nameOfFolder(model.folder)}, {"family", model.family},       {"sha256", hash},
            {"parameters", model.parameters},     {"precision", model.precision}, {"device", model.device}};
}

std::string preprocessingText(const image::ProcessedPicture& processed, bool pillow13Order) {
    const auto& transform = processed.transform();
    const bool padded = transform.offsetX < 0 || transform.offsetY < 0;
    return concat(padded ? "padded to a square, " : "", "resized to ", processed.size.width, " × ",
                  processed.size.height, ", ", processed.tileRows > 0 ? concat(processed.tileRows, " × ", processed.tileColumns, " tiles and the whole, ") : "",
                  pillow13Order ? "passes in the order of Pillow 13" : "horizontal pass first", ", normalised");
}

std::vector<std::pair<std::string, std::string>> recipe(const Atlas& atlas, const Provenance& provenance) {
    const auto& model = provenance.model;
    std::vector<std::pair<std::string, std::string>> facts = {
        {"Model", concat(nameOfFolder(model.folder), " (", model.family, ", ", model.precision, " on ", model.device,
                         "), sha256 ", shortHash(provenance.modelHash))},
        {provenance.video ? "Video" : "Picture",
         concat(provenance.pictureName, ", sha256 ", shortHash(provenance.video ? provenance.video->hash : provenance.picture.hash()))},
        {"Preprocessing", provenance.preprocessing},
        {"Maps", kindText(atlas)},
    };
    if (const auto& video = provenance.video)
        facts.insert(facts.begin() + 2, {"Frames", concat(video->indices.size(), " of ", video->all, ", ", video->sampling)});
    if (auto encoding = encodingText(model, provenance.encoding); !encoding.empty())
        facts.emplace_back("Encoding", std::move(encoding));
    for (const auto& prompt : provenance.extraPrompts) facts.emplace_back("Own prompt", prompt);
    if (!provenance.prompt.empty()) facts.emplace_back("Question", provenance.prompt);
    facts.emplace_back("Made by", concat("Fusionscope ", version()));
    facts.emplace_back("Again", provenance.command);
    return facts;
}

std::string sidecar(const Atlas& atlas, const Provenance& provenance,
                    const std::vector<std::pair<std::string, std::string>>& files) {
    const auto size = provenance.picture.size();
    json bases = json::array();
    for (const auto& basis : atlas.bases) bases.push_back(json::parse(inspect::toJson(basis)));
    json cells = json::array();
    for (const auto& cell : atlas.cells) cells.push_back(cellJson(atlas, cell));
    json exported = json::object();
    for (const auto& [what, file] : files) exported[what] = file;
    json object = {
        {"format", "fusionscope-atlas"},
        {"version", 1},
        {"program", concat("Fusionscope ", version())},
        {"model", modelJson(provenance.model, provenance.modelHash)},
        {"picture",
         {{"name", provenance.pictureName},
          {"sha256", provenance.picture.hash()},
          {"width", size.width},
          {"height", size.height}}},
        {"preprocessing", provenance.preprocessing},
        {"encoding", toJson(provenance.encoding)},
        {"own_prompts", provenance.extraPrompts},
        {"prompt", provenance.prompt},
        {"map", mapJson(atlas.options)},
        {"bases", std::move(bases)},
        {"cells", std::move(cells)},
        {"files", std::move(exported)},
        {"command", provenance.command},
    };
    if (provenance.video) object["video"] = videoJson(*provenance.video);
    return object.dump(1, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace fusionscope::engine
