#include "core/world/regions.h"

#include <algorithm>

#include "core/world/captions.h"
#include "core/world/things.h"

namespace fusionscope::world {

namespace {

std::string location(double at) {
    return "<loc_" + std::to_string(std::clamp(static_cast<int>(at * 1000 / pictureSize), 0, 999)) + ">";
}

std::string location(QPointF point) { return location(point.x()) + location(point.y()); }

}  // namespace

std::vector<Region> detections(const Scene& scene) {
    std::vector<Region> regions;
    for (const Object& object : scene.objects) regions.push_back({object.name, object.box});
    for (const Panel& panel : scene.panels)
        if (panel.kind != Panel::Kind::None) regions.push_back({panel.name, panel.box});
    return regions;
}

std::vector<Region> denseRegions(const Scene& scene) {
    std::vector<Region> regions;
    for (const Object& object : scene.objects) regions.push_back({description(object), object.box});
    for (const Panel& panel : scene.panels)
        if (panel.kind != Panel::Kind::None) regions.push_back({"a " + panel.name, panel.box});
    std::stable_sort(regions.begin(), regions.end(), [](const Region& a, const Region& b) {
        return a.box.width() * a.box.height() > b.box.width() * b.box.height();
    });
    return regions;
}

std::vector<TextRegion> textRegions(const Scene& scene) {
    std::vector<TextRegion> regions;
    for (const TextLine& line : scene.lines) regions.push_back({line.text, line.quad});
    return regions;
}

std::vector<Grounding> groundings(const Scene& scene, const Nouns& nouns) {
    std::vector<Grounding> found;
    const std::string caption = briefCaption(scene, nouns);
    std::size_t from = 0;
    for (const Thing& thing : thingsIn(scene, nouns)) {
        std::string phrase = thing.count() == 1 ? description(*thing.members.front()) : phraseFor(thing);
        // The caption begins with a capital.
        auto begin = caption.find(phrase.substr(1), from);
        if (begin == std::string::npos || begin == 0) continue;
        --begin;
        Grounding grounding{begin, begin + phrase.size(), {}};
        for (const Object* member : thing.members) grounding.boxes.push_back(member->box);
        found.push_back(std::move(grounding));
        from = begin + phrase.size();
    }
    return found;
}

std::string inLocations(const std::vector<Region>& regions) {
    std::string text;
    for (const auto& [label, box] : regions) text += label + location(box.topLeft()) + location(box.bottomRight());
    return text;
}

std::string inLocations(const std::vector<TextRegion>& regions) {
    std::string text;
    for (const auto& [words, quad] : regions) {
        text += words;
        for (const QPointF corner : quad) text += location(corner);
    }
    return text;
}

}  // namespace fusionscope::world
