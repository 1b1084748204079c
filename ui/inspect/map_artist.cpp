#include "ui/inspect/map_artist.h"

#include <algorithm>

#include "core/files/error.h"
#include "ui/common/refusal.h"
#include "ui/plot/map_image.h"

namespace fusionscope::ui {

namespace {

using engine::MapKind;

bool isComponents(MapKind kind) { return kind == MapKind::Pca || kind == MapKind::Foreground; }

std::shared_ptr<const DrawnMap> drawnOf(const engine::Atlas& atlas, const engine::AtlasCell& cell) {
    auto drawn = std::make_shared<DrawnMap>();
    drawn->kind = atlas.options.kind;
    drawn->drawing = cell.drawing;
    drawn->range = cell.range;
    drawn->channel = cell.channel;
    if (cell.basis >= 0)
        drawn->basis = std::make_shared<const inspect::PcaBasis>(atlas.bases[static_cast<size_t>(cell.basis)]);
    return drawn;
}

void colour(DrawnMap& map) {
    if (const auto* scalar = std::get_if<inspect::ScalarMap>(&map.drawing))
        map.image = plot::toImage(*scalar, plot::ColourScale::Viridis, map.range);
    else if (const auto* colours = std::get_if<inspect::ColourMap>(&map.drawing))
        map.image = plot::toImage(*colours);
    else
        map.image = plot::toImage(std::get<inspect::LabelMap>(map.drawing));
}

/// Gives both the range of values that holds both, if they are of one space.
DrawnPair coloured(std::shared_ptr<const DrawnMap> own, std::shared_ptr<const DrawnMap> other, bool oneSpace) {
    const auto copy = [](const std::shared_ptr<const DrawnMap>& map) {
        return map ? std::make_shared<DrawnMap>(*map) : nullptr;
    };
    auto first = copy(own), second = copy(other);
    if (second && oneSpace && std::holds_alternative<inspect::ScalarMap>(first->drawing))
        first->range = second->range = {std::min(first->range.low, second->range.low),
                                        std::max(first->range.high, second->range.high)};
    colour(*first);
    if (second) colour(*second);
    return {first, second, oneSpace};
}

std::shared_ptr<const DrawnMap> refused(MapKind kind, const std::exception& error) {
    auto drawn = std::make_shared<DrawnMap>();
    drawn->kind = kind;
    drawn->problem = QString::fromUtf8(error.what());
    return drawn;
}

/// The map beside one; null when there is none.
std::shared_ptr<const inspect::FeatureMap> mapBeside(const DrawRequest& request, const std::string& name) {
    if (!request.other) return nullptr;
    const auto counterpart = request.counterparts.find(name);
    if (counterpart == request.counterparts.end() && !request.oneSpace()) return nullptr;
    const auto& wanted = request.oneSpace() ? name : counterpart->second;
    const auto found = std::ranges::find_if(request.other->maps, [&](const auto& map) { return map->name == wanted; });
    return found == request.other->maps.end() ? nullptr : *found;
}

/// Options of what is drawn of another model: nothing of the first model's space goes into it.
engine::MapOptions optionsOfOther(const DrawRequest& request) {
    auto options = request.options;
    if (request.oneSpace()) return options;
    options.savedBasis = nullptr;
    options.channel = -1;
    options.selection = request.otherSelection;
    return options;
}

/// In one space by the basis and the channel of the first.
std::shared_ptr<const DrawnMap> drawOther(const DrawRequest& request, const engine::AtlasCell& cell,
                                          const std::shared_ptr<const DrawnMap>& own,
                                          const std::shared_ptr<const inspect::FeatureMap>& map,
                                          const engine::Control& control) {
    auto options = optionsOfOther(request);
    if (request.oneSpace() && own->basis) options.savedBasis = own->basis;
    if (request.oneSpace() && own->channel >= 0 && own->channel < map->channels) options.channel = own->channel;
    auto activation = cell.activation;
    activation.name = map->name;
    const auto atlas = engine::drawAtlas({activation}, {map}, options, control);
    return drawnOf(atlas, atlas.cells.front());
}

/// Cells that must be drawn together because they may share a basis; of the others each by itself.
std::vector<std::vector<size_t>> groupsOf(const DrawRequest& request) {
    const auto& activations = request.set->activations;
    const bool together = isComponents(request.options.kind) && request.options.basis != engine::BasisScope::Map;
    const bool all = request.options.basis == engine::BasisScope::All;
    std::vector<std::vector<size_t>> groups;
    std::map<std::string, size_t> places;
    for (const size_t cell : request.cells) {
        const auto key = !together ? activations[cell].name : all ? std::string() : activations[cell].row;
        const auto [place, isNew] = places.try_emplace(key, groups.size());
        if (isNew) groups.emplace_back();
        groups[place->second].push_back(cell);
    }
    return groups;
}

void drawGroup(const DrawRequest& request, const std::vector<size_t>& group, const engine::Control& control,
               const MapArtist::OnDrawn& onDrawn) {
    std::vector<models::ActivationInfo> chosen;
    for (const size_t cell : group) chosen.push_back(request.set->activations[cell]);
    const auto atlas = engine::drawAtlas(chosen, request.set->maps, request.options, control);
    for (size_t i = 0; i < group.size(); ++i) {
        const auto& cell = atlas.cells[i];
        const auto own = drawnOf(atlas, cell);
        const auto map = mapBeside(request, cell.activation.name);
        onDrawn(group[i], coloured(own, map ? drawOther(request, cell, own, map, control) : nullptr, request.oneSpace()));
    }
}

}  // namespace

std::vector<int> selectedPatches(const inspect::FeatureMap& map, const engine::MapOptions& options) {
    std::vector<int> patches;
    for (const auto& [left, top, right, bottom] : options.selection)
        for (const int patch : inspect::patchesIn(map, left, top, right, bottom))
            if (std::ranges::find(patches, patch) == patches.end()) patches.push_back(patch);
    return patches;
}

void MapArtist::draw(const DrawRequest& request, const engine::Control& control, const OnDrawn& onDrawn) {
    forgetExcept(request);
    if (request.options.kind == MapKind::Similarity) {
        drawSimilarity(request, control, onDrawn);
        return;
    }
    for (const auto& group : groupsOf(request)) {
        if (control.stop.stop_requested()) throw Stopped();
        try {
            drawGroup(request, group, control, onDrawn);
        } catch (const Error& error) {
            for (const size_t cell : group) onDrawn(cell, {refused(request.options.kind, error), nullptr});
        }
    }
}

void MapArtist::drawSimilarity(const DrawRequest& request, const engine::Control& control, const OnDrawn& onDrawn) {
    for (const size_t cell : request.cells) {
        if (control.stop.stop_requested()) throw Stopped();
        if (request.options.selection.empty()) {
            const auto why = refusal(tr("no patch is selected"), {}, tr("Click a patch of the picture."));
            onDrawn(cell, {refused(MapKind::Similarity, why), nullptr});
            continue;
        }
        const auto& map = request.set->maps[cell];
        const auto other = mapBeside(request, map->name);
        const auto otherOptions = optionsOfOther(request);
        const bool drawsOther = other && !otherOptions.selection.empty();
        onDrawn(cell, coloured(similarity(map, request.options), drawsOther ? similarity(other, otherOptions) : nullptr,
                               request.oneSpace()));
    }
}

std::shared_ptr<const DrawnMap> MapArtist::similarity(const std::shared_ptr<const inspect::FeatureMap>& map,
                                                      const engine::MapOptions& options) {
    auto found = m_prepared.find(map.get());
    if (found == m_prepared.end() || found->second.origin != options.origin) {
        inspect::requireSound(*map);
        found = m_prepared.insert_or_assign(map.get(), Prepared{map, options.origin, {*map, options.origin}}).first;
    }
    auto drawn = std::make_shared<DrawnMap>();
    drawn->kind = MapKind::Similarity;
    auto values = found->second.units.similarityTo(*map, selectedPatches(*map, options));
    drawn->range = inspect::rangeOf(values.values);
    drawn->drawing = std::move(values);
    return drawn;
}

void MapArtist::forgetExcept(const DrawRequest& request) {
    const auto holds = [](const std::shared_ptr<const FeatureSet>& set, const inspect::FeatureMap* map) {
        return set && std::ranges::any_of(set->maps, [map](const auto& known) { return known.get() == map; });
    };
    std::erase_if(m_prepared, [&](const auto& entry) {
        return !holds(request.set, entry.first) && !holds(request.other, entry.first);
    });
}

}  // namespace fusionscope::ui
