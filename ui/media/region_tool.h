#pragma once

#include <QPointF>
#include <QPolygonF>
#include <QSizeF>
#include <optional>
#include <set>

#include "ui/common/regions.h"
#include "ui/media/patch_grid.h"

namespace fusionscope::ui {

/// What the mouse does in the picture.
enum class Tool { Select, Box, Polygon, Patches };

/// Makes regions from presses and movements, all in the picture's pixels. Knows no widget.
class RegionTool {
  public:
    /// Begins with a tool and forgets what was half drawn.
    void choose(Tool tool);
    Tool tool() const { return m_tool; }
    /// Where points are kept inside, and the grid that patches are taken from (none: no patches can be marked).
    void setBounds(QSizeF picture, const std::optional<PatchGrid>& grid);

    /// @param finishes how near to a polygon's first corner a press closes it, in the picture's pixels
    /// @returns the region when the press finished one
    std::optional<Region> press(QPointF at, double finishes);
    void move(QPointF at);
    /// @param goesOn the next drag adds to the same set of patches
    std::optional<Region> release(bool goesOn);
    /// Closes what is half drawn, when it is enough for a region.
    std::optional<Region> finish();
    /// Takes back the last corner of a polygon.
    void takeBack();
    bool isBegun() const { return !m_points.isEmpty() || !m_cells.empty(); }

    /// What is half drawn: corners in order, the last one under the mouse; a box's two corners.
    const QPolygonF& points() const { return m_points; }
    const std::set<Cell>& cells() const { return m_cells; }

  private:
    QPointF inside(QPointF at) const;
    void addCellsTo(QPointF at);
    void clear();

    Tool m_tool = Tool::Select;
    QSizeF m_picture;
    std::optional<PatchGrid> m_grid;
    QPolygonF m_points;
    std::set<Cell> m_cells;
    std::optional<Cell> m_lastCell;
    bool m_pressed = false;
};

/// The region of a set of patches, without those in the padding: none when that leaves nothing.
std::optional<Region> regionOf(const PatchGrid& grid, const std::set<Cell>& cells);

}  // namespace fusionscope::ui
