#pragma once

#include <QRectF>
#include <QSize>
#include <vector>

#include "ui/plot/atlas_page.h"

namespace fusionscope::plot {

/// Where everything on an atlas page lies, in units on an 8-unit grid. Lists run parallel to those of the page.
///
///     title
///     subtitle
///     caption          depth →      stage 1  stage 2 …
///     ┌─────────┐      image        ▦        ▦
///     │ picture │      caption
///     └─────────┘      marks · note
///     ──────────────────────────────────────────────
///     legend           recipe
struct AtlasLayout {
    QSize size;
    QRectF title, subtitle;
    QRectF pictureCaption, picture;  ///< empty when the page has no picture
    QRectF columnAxis;
    std::vector<QRectF> columnHeads, rowHeads, cells;
    std::vector<QRectF> ranges;  ///< below each cell; empty rectangles where a cell has none
    QRectF marks;
    double rule = 0;  ///< height of the line above legend and recipe
    QRectF legend;
    std::vector<QRectF> facts;  ///< one or two lines high
    double factIndent = 0;      ///< from a fact's left end to its value
};

/// The page must be sound (see renderAtlas).
AtlasLayout layOut(const AtlasPage& page);

/// Lines that a fact's value may take.
inline constexpr int factLines = 2;

/// Gap between a map and the mark around it.
inline constexpr double markGap = 3;

}  // namespace fusionscope::plot
