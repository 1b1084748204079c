#pragma once

#include <QImage>
#include <filesystem>
#include <string>
#include <vector>

#include "core/world/random.h"
#include "core/world/scene.h"

namespace fusionscope::world {

/// Photographs of places and surfaces, to put things in front of. backdrops.tsv says what each of them shows, so that
/// what is told of it is true.
class Backdrops {
  public:
    /// Reads backdrops.tsv and the files in backdrops/. @throws Error naming the line or file that is wrong
    static Backdrops load(const std::filesystem::path& folder);

    /// Numbers of those that a split may use: held-out ones for Photos, the others for the rest.
    std::vector<int> allowed(Split split) const;
    /// Place, sky, horizon and number of a backdrop.
    void describe(int number, Background& background) const;
    /// A part of it, at least half as wide and high as the whole, as large as the picture; where its place is Blurred, out of focus.
    QImage part(const Background& background, Random& random) const;

  private:
    struct Backdrop {
        QImage image;
        Place place;
        Sky sky;
        double horizon;
        bool heldOut;
    };
    std::vector<Backdrop> m_backdrops;
};

}  // namespace fusionscope::world
