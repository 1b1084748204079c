#include <algorithm>
#include <cmath>

#include "core/engine/alignment.h"
#include "core/files/error.h"
#include "core/fusion/fusion_names.h"
#include "core/inspect/glob.h"

namespace fusionscope::engine {

std::vector<AlignmentPart> alignmentParts(const std::vector<fusion::Block>& order) {
    if (order.empty()) return {{"image", {}}};
    std::vector<AlignmentPart> parts = {{"all", order}};
    if (order.size() < 2) return parts;
    for (const auto block : order) {
        auto others = order;
        std::erase(others, block);
        parts.push_back({std::string("without ") + fusion::name(block), std::move(others)});
    }
    for (const auto block : order) parts.push_back({std::string(fusion::name(block)) + " alone", {block}});
    return parts;
}

std::vector<AlignmentPart> chooseParts(const std::vector<AlignmentPart>& parts, const std::vector<std::string>& patterns) {
    if (patterns.empty()) return parts;
    const auto names = [&] {
        std::string text;
        for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part.name;
        return text;
    };
    for (const auto& pattern : patterns)
        if (std::ranges::none_of(parts, [&](const auto& part) { return inspect::globMatches(pattern, part.name); }))
            throw Error("\"" + pattern + "\" fits no part", {}, concat("Known: ", names(), "."));
    std::vector<AlignmentPart> chosen;
    for (const auto& part : parts)
        if (std::ranges::any_of(patterns, [&](const auto& pattern) { return inspect::globMatches(pattern, part.name); }))
            chosen.push_back(part);
    return chosen;
}

std::vector<AlignmentCurve::Band> bandOver(const std::vector<std::vector<double>>& lists) {
    size_t points = lists.empty() ? 0 : lists.front().size();
    for (const auto& list : lists) points = std::min(points, list.size());
    const auto count = static_cast<double>(lists.size());
    std::vector<AlignmentCurve::Band> bands(points);
    for (size_t i = 0; i < points; ++i) {
        auto& band = bands[i];
        for (const auto& list : lists) band.mean += list[i] / count;
        double squares = 0;
        for (const auto& list : lists) squares += (list[i] - band.mean) * (list[i] - band.mean);
        if (lists.size() > 1) band.deviation = std::sqrt(squares / (count - 1));
    }
    return bands;
}

}  // namespace fusionscope::engine
