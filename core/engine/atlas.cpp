#include "core/engine/atlas.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/files/error.h"
#include "core/inspect/channels.h"
#include "core/inspect/clusters.h"
#include "core/inspect/glob.h"
#include "core/inspect/norm.h"

namespace fusionscope::engine {

namespace {

using inspect::FeatureMap;

constexpr std::array<std::pair<const char*, MapKind>, 6> kinds = {{
    {"pca", MapKind::Pca},
    {"foreground", MapKind::Foreground},
    {"similarity", MapKind::Similarity},
    {"norm", MapKind::Norm},
    {"channel", MapKind::Channel},
    {"cluster", MapKind::Cluster},
}};
constexpr std::array<std::pair<const char*, BasisScope>, 3> scopes = {{
    {"map", BasisScope::Map},
    {"row", BasisScope::Row},
    {"all", BasisScope::All},
}};

template <class Table>
auto valueIn(const Table& table, const std::string& text, const char* what) {
    std::string all;
    for (const auto& [known, value] : table) {
        if (text == known) return value;
        all += (all.empty() ? "" : ", ") + std::string(known);
    }
    throw Error(concat("\"", text, "\" is no ", what), {}, concat("Known: ", all, "."));
}

template <class Table, class Value>
const char* nameIn(const Table& table, Value value) {
    for (const auto& [known, candidate] : table)
        if (candidate == value) return known;
    return "";
}

/// The place of a text in a list; put at the end when it is new.
int placeIn(std::vector<std::string>& list, const std::string& text) {
    const auto found = std::ranges::find(list, text);
    const auto place = static_cast<int>(found - list.begin());
    if (found == list.end()) list.push_back(text);
    return place;
}

/// "tower/", "fusion/" or "llm/": the part of the model that an activation belongs to.
std::string partOf(const std::string& name) { return name.substr(0, name.find('/') + 1); }

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
    return text;
}

std::vector<int> selectedPatches(const FeatureMap& map, const MapOptions& options) {
    std::vector<int> patches;
    for (const auto& [left, top, right, bottom] : options.selection) {
        for (const int patch : inspect::patchesIn(map, left, top, right, bottom))
            if (std::ranges::find(patches, patch) == patches.end()) patches.push_back(patch);
    }
    return patches;
}

/// Cells that share one basis: those of one width, and of one row or one cell where the scope says so.
std::vector<std::vector<AtlasCell*>> groupsOf(Atlas& atlas) {
    std::map<std::pair<int, int>, std::vector<AtlasCell*>> groups;  // (width, row or cell) → cells
    for (size_t i = 0; i < atlas.cells.size(); ++i) {
        auto& cell = atlas.cells[i];
        const int part = atlas.options.basis == BasisScope::Map   ? static_cast<int>(i)
                         : atlas.options.basis == BasisScope::Row ? cell.row
                                                                  : 0;
        groups[{cell.features->channels, part}].push_back(&cell);
    }
    std::vector<std::vector<AtlasCell*>> result;
    for (auto& [key, cells] : groups) result.push_back(std::move(cells));
    return result;
}

std::vector<const FeatureMap*> featuresOf(const std::vector<AtlasCell*>& cells) {
    std::vector<const FeatureMap*> maps;
    for (const auto* cell : cells) maps.push_back(cell->features.get());
    return maps;
}

/// Colours the cells of one group by the saved basis, when it is of their width, or by one that is fitted to them.
void drawComponents(Atlas& atlas, const std::vector<AtlasCell*>& cells) {
    const auto& saved = atlas.options.savedBasis;
    const bool useSaved = saved && saved->channels == cells.front()->features->channels;
    auto basis = useSaved ? *saved : inspect::fitPca(featuresOf(cells));
    for (auto* cell : cells) {
        cell->drawing = inspect::pcaColours(*cell->features, basis);
        cell->basis = static_cast<int>(atlas.bases.size());
    }
    atlas.bases.push_back(std::move(basis));
}

void drawForeground(Atlas& atlas, const std::vector<AtlasCell*>& cells) {
    auto basis = inspect::fitForeground(featuresOf(cells), atlas.options.foregroundThreshold);
    for (auto* cell : cells) {
        cell->drawing = inspect::foregroundColours(*cell->features, basis);
        cell->basis = static_cast<int>(atlas.bases.size());
    }
    atlas.bases.push_back(std::move(basis.foreground));
}

/// Cosine to the cell's own selected patches, or to those of its row's map in the column where they are selected.
inspect::ScalarMap similarityIn(const Atlas& atlas, const AtlasCell& cell) {
    const auto& options = atlas.options;
    if (options.selectionColumn < 0)
        return inspect::similarityToPatches(*cell.features, selectedPatches(*cell.features, options), options.origin);
    const auto source = std::ranges::find_if(atlas.cells, [&](const AtlasCell& other) {
        return other.row == cell.row && other.column == options.selectionColumn;
    });
    if (source == atlas.cells.end())
        throw Error(concat("there is no column ", options.selectionColumn, " to select patches in"), {},
                    concat("Give a number from 0 to ", atlas.columns.size() - 1, "."));
    const auto patches = selectedPatches(*source->features, options);
    return inspect::similarityToVector(*cell.features, inspect::meanOfPatches(*source->features, patches), options.origin);
}

void drawNumbers(const Atlas& atlas, AtlasCell& cell) {
    const auto& map = *cell.features;
    const auto& options = atlas.options;
    switch (options.kind) {
        case MapKind::Similarity: cell.drawing = similarityIn(atlas, cell); break;
        case MapKind::Channel:
            cell.channel = options.channel >= 0 ? options.channel : inspect::channelsByVariance(map).front().channel;
            cell.drawing = inspect::channelMap(map, cell.channel);
            break;
        case MapKind::Cluster:
            cell.drawing = inspect::clusterPatches(map, {.count = options.clusters, .seed = options.seed}).labels;
            break;
        default: cell.drawing = inspect::normMap(map);
    }
    if (const auto* scalar = std::get_if<inspect::ScalarMap>(&cell.drawing))
        cell.range = inspect::rangeOf(scalar->values);
}

void checkpoint(const Control& control) {
    if (control.stop.stop_requested()) throw Stopped();
}

void draw(Atlas& atlas, const Control& control) {
    const auto kind = atlas.options.kind;
    if (kind != MapKind::Pca && kind != MapKind::Foreground) {
        for (auto& cell : atlas.cells) {
            checkpoint(control);
            drawNumbers(atlas, cell);
        }
        return;
    }
    for (const auto& cells : groupsOf(atlas)) {
        checkpoint(control);
        if (kind == MapKind::Pca)
            drawComponents(atlas, cells);
        else
            drawForeground(atlas, cells);
    }
}

void check(const MapOptions& options) {
    if (options.kind == MapKind::Similarity && options.selection.empty())
        throw Error("a similarity map needs selected patches", {}, "Name a place of the picture.");
    if (options.kind == MapKind::Cluster && (options.clusters < 1 || options.clusters > 64))
        throw Error(concat(options.clusters, " clusters"), {}, "Give a number from 1 to 64.");
    if (!(options.foregroundThreshold > 0 && options.foregroundThreshold < 1))
        throw Error(concat("a foreground threshold of ", options.foregroundThreshold), {}, "Give a number from 0 to 1.");
}

}  // namespace

MapKind mapKindNamed(const std::string& text) { return valueIn(kinds, text, "kind of map"); }
const char* name(MapKind kind) { return nameIn(kinds, kind); }
BasisScope basisScopeNamed(const std::string& text) { return valueIn(scopes, text, "scope of a basis"); }
const char* name(BasisScope scope) { return nameIn(scopes, scope); }

std::vector<models::ActivationInfo> chooseMaps(const std::vector<models::ActivationInfo>& activations,
                                               const std::vector<std::string>& rowPatterns,
                                               const std::vector<std::string>& columnPatterns) {
    const auto fits = [](const std::vector<std::string>& patterns, const std::string& text) {
        return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) {
                   return inspect::globMatches(pattern, text);
               });
    };
    std::vector<models::ActivationInfo> chosen;
    std::vector<std::string> rows, columns;
    for (const auto& activation : activations) {
        if (!activation.isMap) continue;
        placeIn(rows, activation.row);
        placeIn(columns, activation.column);
        if (fits(rowPatterns, activation.row) && fits(columnPatterns, activation.column)) chosen.push_back(activation);
    }
    if (chosen.empty())
        throw Error("no map lies in the chosen rows and columns", {},
                    concat("Rows: ", joined(rows), "; columns: ", joined(columns), "."));
    return chosen;
}

Atlas makeAtlas(const std::vector<models::ActivationInfo>& chosen, std::vector<FeatureMap> maps,
                const MapOptions& options, const Control& control) {
    std::vector<std::shared_ptr<const FeatureMap>> shared;
    for (auto& map : maps) shared.push_back(std::make_shared<const FeatureMap>(std::move(map)));
    return drawAtlas(chosen, shared, options, control);
}

Atlas drawAtlas(const std::vector<models::ActivationInfo>& chosen,
                const std::vector<std::shared_ptr<const FeatureMap>>& maps, const MapOptions& options,
                const Control& control) {
    check(options);
    Atlas atlas;
    atlas.options = options;
    std::vector<std::string> depths;  // columns of different parts stay apart though their names are equal
    for (const auto& activation : chosen) {
        const auto found = std::ranges::find_if(maps, [&](const auto& map) { return map->name == activation.name; });
        if (found == maps.end()) throw Error("the pass did not record this activation", activation.name);
        AtlasCell cell;
        cell.activation = activation;
        cell.features = *found;
        cell.row = placeIn(atlas.rows, activation.row);
        cell.column = placeIn(depths, partOf(activation.name) + activation.column);
        if (depths.size() > atlas.columns.size()) atlas.columns.push_back(activation.column);
        atlas.cells.push_back(std::move(cell));
    }
    draw(atlas, control);
    return atlas;
}

}  // namespace fusionscope::engine
