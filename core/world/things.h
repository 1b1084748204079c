#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/world/nouns.h"
#include "core/world/scene.h"

namespace fusionscope::world {

/// All objects of a scene that look alike enough to be counted together: "red striped circle", "dog", "die".
struct Thing {
    std::string name, plural;      ///< with colour and pattern
    std::string noun, nounPlural;  ///< without
    Colour colour = Colour::None;
    Fill fill = Fill::Solid;
    std::vector<const Object*> members;

    int count() const { return static_cast<int>(members.size()); }
};

/// The things of a scene, largest first. Bars of a chart are not among them. The scene must outlive them.
std::vector<Thing> thingsIn(const Scene& scene, const Nouns& nouns);
/// How many objects have this noun, whatever their colour.
int countOf(const std::vector<Thing>& things, std::string_view noun);

/// "a red car", "three red cars"
std::string phraseFor(const Thing& thing, int count);
inline std::string phraseFor(const Thing& thing) { return phraseFor(thing, thing.count()); }
/// What one object is, with what a symbol says: "a die showing four", "the flag of France", "a red car".
std::string description(const Object& object);
/// Number words of a reading: "four" for a die, "3:15" for a clock.
std::string plainReading(const Object& object);
std::string pluralOfNoun(const Nouns& nouns, std::string_view noun);

/// The part of the picture in which the middle of a rectangle lies.
std::string_view zoneOf(const QRectF& box);
/// Whether that is clear: the middle is not within a few pixels of another zone.
bool zoneIsClear(const QRectF& box);
/// How `a` lies to `b`: "to the left of", "to the right of", "above", "below"; nothing where it is not clear.
std::optional<std::string_view> relation(const QRectF& a, const QRectF& b);
/// The same for two objects of a scene, with "on" and "inside" where one stands on the other or lies in it.
std::optional<std::string_view> relation(const Scene& scene, const Object& a, const Object& b);
/// Whether `a` lies in the middle third of the way from one to the other, close to the straight line.
bool isBetween(const QRectF& a, const QRectF& one, const QRectF& other);
/// Whether it might be called so: somewhere on the way, not far from the line.
bool maybeBetween(const QRectF& a, const QRectF& one, const QRectF& other);

/// "on a meadow", "on a light blue background"
std::string whereItIs(const Background& background);
/// "a meadow at night", "a plain white background"
std::string placePhrase(const Background& background);
/// "white", "light blue", "dark"
std::string backgroundColour(const Background& background);

}  // namespace fusionscope::world
