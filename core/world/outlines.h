#pragma once

#include <QPainterPath>
#include <span>
#include <string_view>

#include "core/world/scene.h"

namespace fusionscope::world {

/// A shape whose larger side is one unit, around the origin.
QPainterPath outlineOf(Shape shape);
/// What an object that is not a sprite covers: long side one unit, around the origin.
QPainterPath outlineOf(const Object& object);

/// Names of the flags that can be drawn: "France".
std::span<const std::string_view> flagNames();
/// "hearts", "spades", ... and "ace" to "king".
std::span<const std::string_view> suitNames();
std::span<const std::string_view> rankNames();
/// A suit's sign, one unit large.
QPainterPath outlineOfSuit(std::string_view suit);
/// Names of the traffic signs that can be drawn: "stop sign". A "speed limit sign" needs a reading.
std::span<const std::string_view> signNames();

}  // namespace fusionscope::world
