#include "core/models/activation_map.h"

namespace fusionscope::models {

ActivationInfo activationMap(std::string name, std::string row, std::string column, tiling::Grid grid,
                             int64_t channels) {
    ActivationInfo info;
    info.name = std::move(name);
    info.row = std::move(row);
    info.column = std::move(column);
    info.shape = {grid.rows, grid.columns, channels};
    info.isMap = true;
    return info;
}

}  // namespace fusionscope::models
