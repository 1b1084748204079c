#pragma once

#include <QImage>
#include <QPolygonF>
#include <filesystem>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <tuple>
#include <vector>

#include "core/world/nouns.h"
#include "core/world/scene.h"

namespace fusionscope::world {

/// A drawing of a noun without the empty space around it, as large as `levels[0]` and in halves of that.
struct Sprite {
    std::vector<QImage> levels;  ///< premultiplied, each half as large as the one before
    QPolygonF hull;              ///< convex, around what is visible; the long side is one unit, the middle the origin
    QSizeF size;                 ///< in the same units
};

/// Every noun's drawing in every style, made from SVG when it is first asked for, and photographs of some. Threads may share it.
class Sprites {
  public:
    /// Reads the icon files that `installer/sprites` made and the table of photographs that `installer/photographs` made. @throws Error naming a file that lacks a noun
    static Sprites load(const std::filesystem::path& folder, const std::filesystem::path& photographs, const Nouns& nouns);

    /// Numbers of a noun's photographs that a split may use: held-out ones for Photos, the others for the rest.
    std::vector<int> photographs(int noun, Split split) const;
    /// How an object of Kind::Sprite looks. @throws Error for a drawing that is not valid SVG, a photograph that is none
    const Sprite& sprite(const Object& object) const;

  private:
    struct Icon {
        int width, height;
        std::string body;
    };
    struct Photograph {
        std::filesystem::path file;
        bool heldOut;
    };
    using Key = std::tuple<Style, int, Colour, int>;
    struct Made {
        std::shared_mutex mutex;
        std::map<Key, std::unique_ptr<const Sprite>> sprites;
    };
    QImage drawing(const Object& object) const;

    std::vector<std::vector<Icon>> m_icons;              ///< [style][noun]
    std::vector<std::vector<Photograph>> m_photographs;  ///< [noun]
    std::unique_ptr<Made> m_made = std::make_unique<Made>();
};

}  // namespace fusionscope::world
