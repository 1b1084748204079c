#pragma once

#include <string>
#include <vector>

#include "core/engine/atlas.h"
#include "core/engine/model.h"
#include "core/engine/request.h"

namespace fusionscope::engine {

/// Which maps of a video's frames to draw.
struct FrameAtlasRun {
    /// Patterns of the maps' rows and columns, see chooseMaps(); both empty: the maps that reach the language model.
    std::vector<std::string> rows, columns;
    std::string prompt;                      ///< with one, the language model's layers are among the maps
    MapOptions map;                          ///< its `basis` is taken as BasisScope::Row where it is BasisScope::Map
    models::EncodeOptions encoding;
};

/// The maps of a video side by side: a row for each map, a column for each frame under its time. The frames of a row
/// share one basis and one range, so that equal colours mean the same over time; a selection with MapOptions::selectionColumn
/// shows where else in the video a place of one frame is found. Activations are named "frame0/tower/siglip/layer3".
/// @throws Error when there are no frames, as chooseMaps() and makeAtlas() do; Stopped
Atlas makeFrameAtlas(Model& model, const VideoFrames& video, const FrameAtlasRun& run, const Control& control = {});

/// "1:02:03.5", "0:04.25": a time as the columns and files write it.
std::string timeText(double seconds);

}  // namespace fusionscope::engine
