#pragma once

#include <vector>

#include "core/evaluate/share.h"
#include "core/world/regions.h"

namespace fusionscope::evaluate {

/// How well things were found, by label and box.
struct Boxes {
    Share found;     ///< things with a region of their label and an overlap (intersection over union) of a half or more
    Share named;     ///< things with a region of their label, wherever it lies
    Share proposed;  ///< regions that are one of those found
    double overlaps = 0;  ///< sum over all things, 0 where no region has the label

    double meanOverlap() const { return found.asked ? overlaps / static_cast<double>(found.asked) : 0; }
    /// Each region stands for one thing at most: the pairs with the largest overlap come first. Labels are compared
    /// without articles and case.
    void add(const std::vector<world::Region>& things, const std::vector<world::Region>& regions);
};

nlohmann::json toJson(const Boxes& boxes);

}  // namespace fusionscope::evaluate
