#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace fusionscope::files {
class Fields;
}

/// How LLaVA cuts a picture of any shape into tiles, and which of their patches show picture and not padding. Numbers
/// alone: the picture processors and the models must agree on them.
namespace fusionscope::tiling {

/// Rows and columns of tiles, or of patches.
struct Grid {
    int64_t rows = 0, columns = 0;
    int64_t count() const { return rows * columns; }
    bool operator==(const Grid&) const = default;
};

/// Width and height in pixels.
struct Extent {
    int64_t width = 0, height = 0;
    bool operator==(const Extent&) const = default;
};

/// A part of a grid of patches.
struct Part {
    int64_t row = 0, column = 0;
    Grid size;
    bool operator==(const Part&) const = default;
};

/// In which order a configuration writes the two sizes of a canvas; it decides between canvases that are equally good.
enum class PairOrder { HeightFirst, WidthFirst };

/// The canvases that a picture may be laid on, each a grid of square tiles (LLaVA-NeXT, `mm_utils.py`).
class Canvases {
  public:
    /// From `image_grid_pinpoints`: pairs of pixels in a list or written as text, or tiles as "(1x1),...,(6x6)" for all
    /// grids from the first to the last; 1 × 1 to 6 × 6 tiles when absent.
    /// @param side of a tile in pixels
    /// @throws Error when there is no canvas, one is not whole tiles, or one has more than 144 of them
    static Canvases read(const files::Fields& fields, int64_t side, PairOrder order);
    /// Side of the smallest square canvas that a list of pixels names, which is a tile's; 0 when it names none.
    static int64_t smallestSide(const files::Fields& fields);

    /// The grid that keeps most of the picture's pixels; of equals the one that wastes least, then the first.
    Grid best(Extent picture) const;
    Extent extent(Grid grid) const { return {grid.columns * m_side, grid.rows * m_side}; }
    int64_t side() const { return m_side; }
    const std::vector<Grid>& grids() const { return m_grids; }

  private:
    int64_t m_side = 0;
    std::vector<Grid> m_grids;
};

/// The size of a picture that fills a canvas as far as its shape allows.
Extent fitted(Extent picture, Extent canvas);

/// The patches of a tiled canvas that show the picture.
/// @param patches of the whole canvas. The part may be empty for a picture that is thinner than a patch
Part unpadded(Extent picture, Grid patches);

/// How many of the tiles' patches are kept: `anyres_max_9` shrinks what has more patches than nine tiles, by more than a
/// tenth in each direction, to so many.
/// @param tile patches of one tile; @param mostTiles 0 for no limit
Grid capped(Grid patches, Grid tile, int64_t mostTiles);

/// N of "anyres_max_N", 0 for "anyres". @throws Error for any other rule
int64_t mostTilesOf(const files::Fields& fields, std::string_view key);

}  // namespace fusionscope::tiling
