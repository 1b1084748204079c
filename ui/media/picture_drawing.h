#pragma once

#include <QPalette>
#include <QTransform>
#include <set>
#include <vector>

#include "ui/common/overlays.h"
#include "ui/common/regions.h"
#include "ui/media/patch_grid.h"
#include "ui/media/region_tool.h"

class QPainter;

namespace fusionscope::ui {

class PicturePyramid;

/// Where and in which colours the marks over a picture are drawn.
struct Marking {
    QPainter& painter;
    QTransform toView;  ///< from the picture's pixels; scales and moves, never turns
    QRectF bounds;      ///< of the picture in the view
    QPalette palette;
};

/// The patches of a map in its colours, without smoothing; what lies in the padding only where `bounds` has it.
void drawMap(const Marking& marking, const MapOverlay& overlay, double opacity);
/// Outlines of the tiles that a map is joined of; what lies in two of them, and what is padding, is hatched.
void drawTiles(const Marking& marking, const std::vector<QRectF>& tiles, const QRectF& picture);
/// Lines between patches; none when they would lie closer than four units.
void drawGrid(const Marking& marking, const PatchGrid& grid);
/// The patch under the mouse.
void drawHovered(const Marking& marking, const PatchGrid& grid, Cell cell);
/// Outlines a set of patches in the accent colour, with a light line inside for dark and colourful pictures.
void drawCells(const Marking& marking, const PatchGrid& grid, const std::set<Cell>& cells);
/// Regions found by a task: outline, and the label on a chip that keeps clear of the others.
void drawFound(const Marking& marking, const std::vector<FoundRegion>& regions);
/// Regions that the person marked, with their numbers.
/// @param grid tells where the model's view lies; without it, sets of patches are drawn as their bounding boxes
/// @param chosen the one that Delete removes; −1 for none
void drawRegions(const Marking& marking, const std::vector<Region>& regions, const std::optional<PatchGrid>& grid,
                 int chosen);
/// Where the number of a region stands, in the view.
QRectF badgeOf(const QTransform& toView, const Region& region);
/// A region that is being drawn.
void drawUnfinished(const Marking& marking, const RegionTool& tool, const std::optional<PatchGrid>& grid);
/// The whole picture small, with a frame round the part that is in view (in the picture's pixels).
void drawMinimap(QPainter& painter, const PicturePyramid& picture, const QRectF& place, const QRectF& part,
                 const QPalette& palette);

}  // namespace fusionscope::ui
