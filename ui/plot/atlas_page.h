#pragma once

#include <QImage>
#include <QRectF>
#include <QString>
#include <QStringList>
#include <optional>
#include <variant>
#include <vector>

#include "core/inspect/feature_map.h"
#include "ui/plot/colour_scale.h"

namespace fusionscope::plot {

/// What a row or a column of the atlas shows: "caption" with "describe in detail" below it in small.
struct AtlasLabel {
    QString title;
    QString detail;
};

/// One map of the atlas at its place: depth along columns, prompts along rows.
struct AtlasCell {
    int row = 0;
    int column = 0;
    QString name;  ///< the activation's name, e.g. "tower/encoder/ocr/layer11"; for messages
    bool reachesLanguageModel = false;    ///< drawn in the accent; the others are only shown
    QImage image;                         ///< one pixel per patch (see toImage); enlarged without smoothing
    std::optional<inspect::Range> range;  ///< written below the cell, when every cell has a range of its own
};

/// Colour key of a map of numbers.
struct ColourBar {
    ColourScale scale = ColourScale::Viridis;
    std::optional<inspect::Range> range;  ///< nothing: each cell has its own, the bar says "low" and "high"
    QString quantity;                     ///< what the numbers are, with their unit: "cosine similarity"
};

/// Colour key of clusters: one swatch per class, largest first.
struct ClassKey {
    int count = 0;
    QStringList names;  ///< may be shorter than count; missing ones are numbered
};

/// Colour key of PCA colours: red, green and blue are components 1 to 3.
struct ComponentKey {
    std::vector<double> shares;  ///< explained variance, 0 to 1, of up to three components; empty: not stated
};

using AtlasLegend = std::variant<std::monostate, ColourBar, ClassKey, ComponentKey>;

/// One line of the recipe: what the reader needs to make the same page again.
struct AtlasFact {
    QString name;
    QString value;
};

/// Everything an atlas page shows; a plain value that tests and callers fill by hand.
struct AtlasPage {
    QString title;     ///< "PCA colours"
    QString subtitle;  ///< one quiet line below it: the question, the model
    QString columnAxis = QStringLiteral("depth");  ///< what grows from left to right
    std::vector<AtlasLabel> rows;
    std::vector<AtlasLabel> columns;
    std::vector<AtlasCell> cells;  ///< at most one per place; places may stay empty
    QImage picture;                ///< the picture the maps are of; null: the page has none
    QString pictureCaption;        ///< "meadow.png  256 × 256"
    std::vector<QRectF> selection;  ///< outlined on the picture and on every cell; 0 to 1 from the top left corner
    int selectionColumn = -1;       ///< the only column in which it is outlined; −1: all of them
    AtlasLegend legend;
    std::vector<AtlasFact> recipe;  ///< model, picture, map kind, parameters, basis …
    QString note;                   ///< "colours are relative to the basis"
};

}  // namespace fusionscope::plot
