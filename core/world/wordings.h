#pragma once

#include <span>
#include <string_view>

#include "core/world/wording.h"

namespace fusionscope::world {

/// The table of patterns behind wordings(); the last of each kind is held out.
///
/// Slots: {a} "a red car", {x} "red car", {xs} "red cars", {y} another thing, {ys}, {z} a third, {category}, {value} the quoted name of
/// a value, {thing} what cannot be known.
std::span<const std::string_view> questionPatterns(Kind kind);

}  // namespace fusionscope::world
