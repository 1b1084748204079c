#include "core/fusion/tile_packing.h"

#include <ATen/ATen.h>

namespace fusionscope::fusion {

Tensor joinTiles(const Tensor& tiles, tiling::Grid grid, tiling::Grid tile) {
    return tiles.reshape({grid.rows, grid.columns, tile.rows, tile.columns, tiles.size(2)})
        .permute({0, 2, 1, 3, 4})
        .reshape({grid.rows * tile.rows, grid.columns * tile.columns, tiles.size(2)});
}

Tensor resized(const Tensor& map, tiling::Grid size) {
    const Tensor channelsFirst = map.permute({2, 0, 1}).unsqueeze(0);
    return at::upsample_bilinear2d(channelsFirst, {size.rows, size.columns}, /*align_corners=*/false)
        .squeeze(0)
        .permute({1, 2, 0});
}

Tensor withNewlines(const Tensor& map, const Tensor& newline) {
    return at::cat({map, newline.expand({map.size(0), 1, map.size(2)})}, 1).reshape({-1, map.size(2)});
}

}  // namespace fusionscope::fusion
