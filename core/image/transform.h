#pragma once

#include "core/image/picture.h"

namespace fusionscope::image {

/// A place in a picture, in pixels from the upper left corner; pixel (0, 0) covers [0, 1) × [0, 1).
struct Point {
    double x = 0;
    double y = 0;
    bool operator==(const Point&) const = default;
};

/// Corners of an upright box, x0 ≤ x1, y0 ≤ y1.
struct Box {
    double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
    bool operator==(const Box&) const = default;
    bool empty() const { return !(x1 > x0 && y1 > y0); }
};

/// How one view that a model was given lies in the original picture: picture = view · scale + offset on each axis.
///
/// Padding, cropping and stretching all are of this form. Points in the padding map to outside of the picture.
struct PictureTransform {
    Size picture;                     ///< the original, upright picture
    Size view;                        ///< what the model was given
    double scaleX = 1, scaleY = 1;    ///< picture pixels per view pixel
    double offsetX = 0, offsetY = 0;  ///< picture coordinates of the view's corner

    Point toPicture(Point at) const { return {at.x * scaleX + offsetX, at.y * scaleY + offsetY}; }
    Point toView(Point at) const { return {(at.x - offsetX) / scaleX, (at.y - offsetY) / scaleY}; }
    Box toPicture(const Box& box) const;
    Box toView(const Box& box) const;

    /// What the cell at a row and column of a rows × columns grid over the view covers of the picture, cut at the
    /// picture's edges; empty for a cell that lies in the padding.
    Box cell(int row, int column, int rows, int columns) const;
    /// The share of that cell which is picture and not padding, 0 … 1.
    double coverage(int row, int column, int rows, int columns) const;

    /// The view of size `seen` shows `part` of the picture, which may reach beyond it (padding) or lie inside (crop).
    static PictureTransform showing(const Box& part, Size picture, Size seen);
};

}  // namespace fusionscope::image
