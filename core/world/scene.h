#pragma once

#include <QPointF>
#include <QRectF>
#include <QTransform>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/world/split.h"
#include "core/world/vocabulary.h"

/// The scene graph: everything that a picture shows, as plain values. The painter draws nothing that is not in it, and
/// every caption, box and answer is computed from it.
namespace fusionscope::world {

/// Pictures are squares of this many pixels. Coordinates are pixels from the top left corner.
inline constexpr int pictureSize = 256;

enum class Family { Outdoor, Table, Grid, Room, Shapes, Text, Chart, Symbols, Clutter, Product, Composite };
inline constexpr std::array families = {Family::Outdoor, Family::Table, Family::Grid,    Family::Room,   Family::Shapes,
                                        Family::Text,    Family::Chart, Family::Symbols, Family::Clutter, Family::Product,
                                        Family::Composite};
/// "outdoor", "table", ...
std::string_view nameOf(Family family);

enum class Style { Noto, Fluent, Twemoji, Photograph };

struct Background {
    Place place = Place::Plain;
    Sky sky = Sky::Day;
    Colour colour = Colour::White;  ///< of a plain background; a paler form of it is painted
    uint32_t rgb = 0xffffff;        ///< what that is
    double horizon = 0.45;          ///< share of the height that is sky or wall
    int photograph = -1;            ///< which backdrop is there instead of a painting
    uint64_t seed = 0;              ///< of waves, grass, clouds and other details without a meaning
};

struct Object {
    enum class Kind { Sprite, Shape, Bar, Stand, Product, Die, Clock, Digit, Sign, Flag, Card };  ///< symbols from Die on
    Kind kind = Kind::Sprite;
    std::string name;     ///< "dog", "circle", "bar", "desk", "sneaker", "die", "clock", "digit", "stop sign", "flag", "playing card"
    int noun = -1;        ///< index among the nouns; sprites only
    Style style = Style::Noto;
    int photograph = 0;   ///< which of the noun's, of that style
    int sample = -1;      ///< of a product or a handwritten digit: which of its class
    Shape shape = Shape::Circle;
    Fill fill = Fill::Solid;
    Colour colour = Colour::None;
    std::string reading;  ///< "4" of a die, "3:15", "7", "50", "France", "queen of hearts"
    QPointF centre;
    int font = 0;         ///< of what is written on a sign or a digit's tile
    double size = 0;      ///< long side before turning, in pixels
    double angle = 0;     ///< degrees clockwise
    bool flipped = false;
    bool shadow = false;  ///< sprites only: a soft one beneath
    QRectF box;           ///< what it covers
    int on = -1;          ///< index of the object that it stands on
    int inside = -1;      ///< index of the object in whose outline it lies
};

struct TextLine {
    std::string text;
    int font = 0;                  ///< index among the typefaces
    double emSize = 16;            ///< in pixels
    uint32_t ink = 0;
    QTransform transform;          ///< from the line's own plane (baseline at the origin, pixels) to the picture
    std::array<QPointF, 4> quad;   ///< corners of the ink: top left, top right, bottom right, bottom left
    QRectF box;                    ///< around the quad
    double letterHeight = 0;       ///< of a capital, in pixels
    std::vector<QPointF> letters;  ///< middle of every character of `text`, spaces included
};

/// What text stands on.
struct Panel {
    enum class Kind { Board, Paper, Label, None };
    Kind kind = Kind::Board;
    std::string name;              ///< "sign", "note", "receipt", "label", "poster"; empty for None
    QRectF rect;                   ///< in its own plane
    QTransform transform;          ///< from there to the picture
    uint32_t fill = 0xffffff, edge = 0;
    QRectF box;
};

struct Chart {
    enum class Kind { Bar, GroupedBar, Line, Pie, Table };
    Kind kind = Kind::Bar;
    bool horizontal = false;               ///< bars only
    bool showsValues = false;
    std::string title;                     ///< may be empty
    std::vector<std::string> categories;
    std::vector<std::string> series;       ///< names; one empty name where there is one series without a name
    std::vector<std::vector<int>> values;  ///< [series][category]
    std::vector<Colour> colours;           ///< of series, or of categories where there is one series
    int top = 10;                          ///< end of the value axis
    int step = 2;                          ///< between its ticks
    QRectF plot;                           ///< inside the axes; around the pie or the table's cells
};
std::string_view nameOf(Chart::Kind kind);

/// What a camera or a file format does to the picture.
struct Effects {
    double brightness = 0;  ///< added, in levels
    double contrast = 1;
    double blur = 0;        ///< radius in pixels
    double noise = 0;       ///< amplitude in levels
    int jpegQuality = 0;    ///< 0: none
    uint64_t seed = 0;      ///< of the noise
};

struct Scene {
    uint64_t seed = 0;
    Split split = Split::Train;
    Family family = Family::Table;
    Background background;
    std::vector<Object> objects;  ///< farthest first
    std::vector<Panel> panels;
    std::vector<TextLine> lines;  ///< in reading order
    std::optional<Chart> chart;
    Effects effects;
};

}  // namespace fusionscope::world
