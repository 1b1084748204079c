#include "ui/export/places.h"

#include <cmath>

#include "core/files/error.h"

namespace fusionscope::exporting {

std::vector<std::array<double, 4>> selectionIn(const image::ProcessedPicture& seen, const std::vector<PixelPlace>& places) {
    std::vector<std::array<double, 4>> selection;
    const auto& transform = seen.transform();
    for (const auto& [left, top, right, bottom] : places) {
        const auto first = transform.toView(image::Point{left, top});
        const auto last = transform.toView(image::Point{right, bottom});
        if (first.x < 0 || first.y < 0 || last.x > seen.size.width || last.y > seen.size.height || right < left ||
            bottom < top)
            throw Error(concat("the place ", left, ",", top, ",", right, ",", bottom, " is not inside the picture of ",
                               seen.original.width, " × ", seen.original.height, " pixels"),
                        {});
        selection.push_back({first.x / seen.size.width, first.y / seen.size.height, last.x / seen.size.width,
                             last.y / seen.size.height});
    }
    return selection;
}

PixelPlace placeAt(const image::ProcessedPicture& seen, double x, double y) {
    const auto point = seen.transform().toPicture(image::Point{x * seen.size.width, y * seen.size.height});
    const double left = std::round(point.x * 100) / 100, top = std::round(point.y * 100) / 100;
    return {left, top, left, top};
}

}  // namespace fusionscope::exporting
