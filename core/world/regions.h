#pragma once

#include <QRectF>
#include <array>
#include <string>
#include <vector>

#include "core/world/nouns.h"
#include "core/world/scene.h"

namespace fusionscope::world {

/// Part of the picture with what is said about it; boxes in pixels.
struct Region {
    std::string label;
    QRectF box;
};

/// A line of text with the corners of its ink: top left, top right, bottom right, bottom left.
struct TextRegion {
    std::string text;
    std::array<QPointF, 4> quad;
};

/// A part of a caption and all that it speaks of. [begin, end) are bytes of the caption.
struct Grounding {
    std::size_t begin, end;
    std::vector<QRectF> boxes;
};

/// Every object with its noun alone: "car". Bars and panels of text too.
std::vector<Region> detections(const Scene& scene);
/// Every object as one would describe it, largest first: "a red striped circle".
std::vector<Region> denseRegions(const Scene& scene);
std::vector<TextRegion> textRegions(const Scene& scene);
/// The phrases of briefCaption that speak of things.
std::vector<Grounding> groundings(const Scene& scene, const Nouns& nouns);

/// Florence-2's notation: every label followed by <loc_0> to <loc_999> for left, top, right, bottom, as shares of the
/// picture in thousandths rounded down.
std::string inLocations(const std::vector<Region>& regions);
/// The same for text, with the four corners in turn.
std::string inLocations(const std::vector<TextRegion>& regions);

}  // namespace fusionscope::world
