#pragma once

#include "core/engine/atlas.h"
#include "core/engine/frame_scores.h"
#include "core/engine/provenance.h"
#include "core/image/processor.h"
#include "ui/plot/atlas_page.h"

namespace fusionscope::exporting {

/// The page that shows an atlas: maps at their places, legend, the picture as the model sees it, and the recipe.
/// @param seen the picture as its processor made it; of a video all frames, one a column, which are drawn above the maps
/// @param scores of a video: those that have a place in the picture become rows below the maps
plot::AtlasPage pageOf(const engine::Atlas& atlas, const engine::Provenance& provenance,
                       const std::vector<image::ProcessedPicture>& seen, const engine::FrameScores& scores = {});

/// One map as a picture of one pixel per patch, coloured as on the page.
QImage imageOf(const engine::AtlasCell& cell);

}  // namespace fusionscope::exporting
