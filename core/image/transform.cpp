#include "core/image/transform.h"

#include <algorithm>

namespace fusionscope::image {

Box PictureTransform::toPicture(const Box& box) const {
    const Point first = toPicture(Point{box.x0, box.y0}), last = toPicture(Point{box.x1, box.y1});
    return {first.x, first.y, last.x, last.y};
}

Box PictureTransform::toView(const Box& box) const {
    const Point first = toView(Point{box.x0, box.y0}), last = toView(Point{box.x1, box.y1});
    return {first.x, first.y, last.x, last.y};
}

namespace {

Box wholeCell(const PictureTransform& transform, int row, int column, int rows, int columns) {
    const double width = double(transform.view.width) / columns, height = double(transform.view.height) / rows;
    return transform.toPicture(Box{column * width, row * height, (column + 1) * width, (row + 1) * height});
}

}  // namespace

Box PictureTransform::cell(int row, int column, int rows, int columns) const {
    const Box whole = wholeCell(*this, row, column, rows, columns);
    const Box cut{std::max(whole.x0, 0.0), std::max(whole.y0, 0.0), std::min(whole.x1, double(picture.width)),
                  std::min(whole.y1, double(picture.height))};
    return cut.empty() ? Box{} : cut;
}

double PictureTransform::coverage(int row, int column, int rows, int columns) const {
    const Box whole = wholeCell(*this, row, column, rows, columns), seen = cell(row, column, rows, columns);
    return (seen.x1 - seen.x0) * (seen.y1 - seen.y0) / ((whole.x1 - whole.x0) * (whole.y1 - whole.y0));
}

PictureTransform PictureTransform::showing(const Box& part, Size picture, Size seen) {
    return {picture, seen, (part.x1 - part.x0) / seen.width, (part.y1 - part.y0) / seen.height, part.x0, part.y0};
}

}  // namespace fusionscope::image
