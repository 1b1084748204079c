#include "core/evaluate/boxes.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/evaluate/answer_words.h"
#include "core/evaluate/judge.h"

namespace fusionscope::evaluate {

namespace {

Words labelOf(const world::Region& region) {
    Words words = wordsIn(region.label);
    if (!words.empty() && (words[0] == "a" || words[0] == "an" || words[0] == "the")) words.erase(words.begin());
    return words;
}

struct Pair {
    double overlap;
    std::size_t thing, region;
};

}  // namespace

void Boxes::add(const std::vector<world::Region>& things, const std::vector<world::Region>& regions) {
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < things.size(); ++i)
        for (std::size_t k = 0; k < regions.size(); ++k)
            if (labelOf(things[i]) == labelOf(regions[k])) pairs.push_back({overlap(things[i].box, regions[k].box), i, k});
    std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.overlap > b.overlap; });
    std::vector<bool> thingDone(things.size()), regionDone(regions.size());
    int64_t right = 0, labelled = 0;
    for (const auto& [shared, thing, region] : pairs) {
        if (thingDone[thing] || regionDone[region]) continue;
        thingDone[thing] = regionDone[region] = true;
        ++labelled;
        right += shared >= 0.5;
        overlaps += shared;
    }
    const auto count = static_cast<int64_t>(things.size());
    found += {right, count};
    named += {labelled, count};
    proposed += {right, static_cast<int64_t>(regions.size())};
}

nlohmann::json toJson(const Boxes& boxes) {
    nlohmann::json mean;
    if (boxes.found.asked > 0) mean = rounded(boxes.meanOverlap());
    return {{"found", toJson(boxes.found)},
            {"named", toJson(boxes.named)},
            {"proposed_that_are_right", toJson(boxes.proposed)},
            {"mean_overlap", std::move(mean)}};
}

}  // namespace fusionscope::evaluate
