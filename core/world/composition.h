#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/world/materials.h"
#include "core/world/random.h"
#include "core/world/scene.h"

namespace fusionscope::world {

/// A scene in the making: what the families of scenes share. Internal to the composer.
class Composition {
  public:
    Composition(const Materials& materials, Split split, uint64_t seed);

    const Materials& materials;
    Random random;
    Scene scene;

    // Looks of things, still without a place.

    /// Empty when the split has no colour for this noun.
    std::optional<Object> sprite(int noun);
    /// Some noun of these categories; any where none is named.
    Object someSprite(std::span<const std::string_view> categories = {});
    Object someShape(bool plainFill = false);
    /// Whether the colour can be told from what is behind it.
    bool stands(Colour colour) const;

    // Places.

    /// Puts a thing somewhere in an area where it covers no more than a share `overlap` of another (or the other of it).
    bool put(Object look, double size, const QRectF& area, double overlap = 0, double turn = 0);
    /// Puts it with its middle at a point. False, and nothing is changed, where it would leave the picture or overlap.
    bool putAt(Object look, double size, QPointF centre, double overlap = 0);
    /// Stands it on top of another of the scene's objects, somewhere along its upper edge.
    bool putOn(Object look, double size, int base);
    /// Puts it into the middle of another, which it must be much smaller than.
    bool putInto(Object look, double size, int around);
    /// Keeps others away from a rectangle.
    void reserve(const QRectF& rect) { m_taken.push_back(rect); }
    bool isFree(const QRectF& rect, double overlap) const;

    // Text.

    int font() { return random.pick(m_fonts); }
    /// Adds a line whose baseline begins at `start` of a plane that `plane` brings into the picture.
    void write(const std::string& text, int font, double emSize, uint32_t ink, QPointF start, const QTransform& plane = {});
    double widthOf(const std::string& text, int font, double emSize) const;

    /// A plain background; most are pale.
    void plainBackground();
    Split split() const { return scene.split; }

  private:
    std::vector<QRectF> m_taken;
    std::vector<int> m_fonts;
};

/// A colour as the background of a picture: paler than the thing's colour of that name.
uint32_t paleForm(Colour colour);
/// Black or white, whichever is read better on this.
uint32_t inkOn(uint32_t rgb);

void composeOutdoor(Composition& composition);
void composeTable(Composition& composition);
void composeGrid(Composition& composition);
void composeRoom(Composition& composition);
void composeShapes(Composition& composition);
void composeText(Composition& composition);
void composeChart(Composition& composition);
void composeSymbols(Composition& composition);
void composeClutter(Composition& composition);
void composeProduct(Composition& composition);
void composeComposite(Composition& composition);
/// Adds a sign, note or label with so many lines, where there is room.
bool addPanel(Composition& composition, int lines, double leastEm, double mostEm);

}  // namespace fusionscope::world
