#pragma once

#include "ui/plot/atlas_layout.h"
#include "ui/plot/theme.h"

class QPainter;

namespace fusionscope::plot {

/// Paints a page laid out by layOut. @param rasterScale device pixels per unit, for which maps and picture are sampled
void paintAtlas(QPainter& painter, const AtlasPage& page, const AtlasLayout& layout, Theme theme, double rasterScale);

}  // namespace fusionscope::plot
