#pragma once

#include <QPainterPath>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/world/split.h"

namespace fusionscope::world {

/// A line of text as outlines: its baseline begins at the origin, y grows downwards, one em is `emSize` pixels.
struct ShapedText {
    QPainterPath outline;
    double advance = 0;            ///< width of the line
    std::vector<QPointF> letters;  ///< middle of every character
};

/// The fonts of the visual world. Outlines instead of hinted glyphs make a picture the same wherever it is drawn.
/// Immutable once loaded; threads may share it.
class Typefaces {
  public:
    /// Reads the font files of a folder. Needs a QGuiApplication. @throws Error naming a file that is no font
    static Typefaces load(const std::filesystem::path& folder);

    int count() const { return static_cast<int>(m_faces.size()); }
    /// "Open Sans"
    const std::string& family(int font) const { return face(font).family; }
    bool isHeldOut(int font) const { return face(font).heldOut; }
    /// Indices of those that a split may use.
    std::vector<int> allowed(Split split) const;
    /// Height of a capital letter as a share of the em.
    double capitalHeight(int font) const { return face(font).capitalHeight; }
    /// @param text printable ASCII; anything else is shaped as a question mark
    ShapedText shape(int font, std::string_view text, double emSize) const;

  private:
    struct Glyph {
        QPainterPath outline;  ///< one em is one unit
        double advance = 0;
    };
    struct Face {
        std::string family;
        bool heldOut = false;
        double capitalHeight = 0.7;
        std::array<Glyph, 96> glyphs;  ///< from the space on
    };
    const Face& face(int font) const { return m_faces.at(static_cast<std::size_t>(font)); }

    std::vector<Face> m_faces;
};

}  // namespace fusionscope::world
