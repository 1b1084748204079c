#include "core/inspect/tensor_map.h"

#include <ATen/ATen.h>

#include <cmath>
#include <sstream>
#include <utility>

#include "core/files/error.h"

namespace fusionscope::inspect {

namespace {

/// Without the leading dimensions of size 1, down to [patches, channels].
at::Tensor withoutBatch(at::Tensor values, const std::string& name) {
    if (!values.defined()) throw Error("only its shape was collected", name, "Trace values instead of shapes.");
    while (values.dim() > 2 && values.size(0) == 1) values = values.squeeze(0);
    return values;
}

std::string shapeOf(const at::Tensor& values) {
    std::ostringstream out;
    out << values.sizes();
    return out.str();
}

}  // namespace

FeatureMap toFeatureMap(const at::Tensor& values, std::string name, int rows, int columns) {
    at::Tensor patches = withoutBatch(values, name);
    if (patches.dim() == 3 && patches.size(0) == rows && patches.size(1) == columns) patches = patches.flatten(0, 1);
    const int64_t expected = static_cast<int64_t>(rows) * columns;
    if (rows <= 0 || columns <= 0 || patches.dim() != 2 ||
        (patches.size(0) != expected && patches.size(0) != expected + 1) || patches.size(1) > (1 << 24)) {
        throw Error(concat("its shape is ", shapeOf(values), ", expected [", expected, ", channels] for ", rows, " × ",
                           columns, " patches"),
                    std::move(name), "Choose an activation that has a patch grid.");
    }
    if (patches.size(0) == expected + 1) patches = patches.slice(0, 1);
    patches = patches.to(at::kCPU, at::kFloat).contiguous();
    FeatureMap map;
    map.name = std::move(name);
    map.rows = rows;
    map.columns = columns;
    map.channels = static_cast<int>(patches.size(1));
    map.data.assign(patches.const_data_ptr<float>(), patches.const_data_ptr<float>() + patches.numel());
    return map;
}

FeatureMap toFeatureMap(const at::Tensor& values, std::string name) {
    const at::Tensor patches = withoutBatch(values, name);
    if (patches.dim() == 3) {
        return toFeatureMap(patches, std::move(name), static_cast<int>(patches.size(0)), static_cast<int>(patches.size(1)));
    }
    const int64_t count = patches.dim() == 2 ? patches.size(0) : 0;
    for (const int64_t pooled : {0, 1}) {
        if (count <= pooled) break;
        const auto side = static_cast<int>(std::lround(std::sqrt(static_cast<double>(count - pooled))));
        if (static_cast<int64_t>(side) * side == count - pooled) {
            return toFeatureMap(patches, std::move(name), side, side);
        }
    }
    throw Error(concat("its shape is ", shapeOf(values), ", expected [patches, channels] of a square grid"), std::move(name),
                "Choose an activation that has a patch grid.");
}

}  // namespace fusionscope::inspect
