#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace fusionscope::world {

/// A colour that the world has a name for. `None` is the colour of a drawing in its own, unnamed colours.
enum class Colour { None, Red, Orange, Yellow, Green, Blue, Purple, Pink, Brown, Black, White, Gray };
inline constexpr std::array colours = {Colour::Red,  Colour::Orange, Colour::Yellow, Colour::Green,
                                       Colour::Blue, Colour::Purple, Colour::Pink,   Colour::Brown,
                                       Colour::Black, Colour::White, Colour::Gray};
/// "red"; empty for None.
std::string_view nameOf(Colour colour);
/// 0xRRGGBB of the purest form of the colour.
uint32_t rgbOf(Colour colour);
/// How far two colours, 0xRRGGBB, are apart to the eye, roughly: 0 to 765.
int distance(uint32_t a, uint32_t b);

enum class Shape { Circle, Square, Triangle, Star, Diamond, Hexagon, Cross, Crescent };
inline constexpr int shapeCount = 8;
std::string_view nameOf(Shape shape);

enum class Fill { Solid, Striped, Dotted };
/// "solid", "striped", "dotted"
std::string_view nameOf(Fill fill);

/// Where a scene takes place.
enum class Place { Plain, Blurred, Table, Room, Meadow, Beach, Sea, Street, Snow, Desert, Mountains, Park };
inline constexpr std::array outdoorPlaces = {Place::Meadow, Place::Beach,  Place::Sea,       Place::Street,
                                             Place::Snow,   Place::Desert, Place::Mountains, Place::Park};
bool isOutdoors(Place place);
/// With preposition: "on a beach", "in a room", "on a white background" needs the colour and is made by captions.
std::string_view inPlace(Place place);
/// "a beach"
std::string_view nameOf(Place place);

enum class Sky { Day, Cloudy, Sunset, Night };

/// One of the nine parts of the picture: "top left", "center", "bottom right".
inline constexpr std::array<std::string_view, 9> zones = {"top left",    "top center",    "top right",
                                                          "middle left", "center",        "middle right",
                                                          "bottom left", "bottom center", "bottom right"};

/// "zero" to "twelve", digits beyond.
std::string numberWord(int number);

}  // namespace fusionscope::world
