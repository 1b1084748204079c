#pragma once

#include <QImage>
#include <array>
#include <filesystem>
#include <string_view>

#include "core/world/scene.h"

namespace fusionscope::world {

/// The classes of Fashion-MNIST in its order: "t-shirt", ..., "ankle boot".
inline constexpr std::array<std::string_view, 10> productNames = {"t-shirt", "pair of trousers", "pullover", "dress", "coat",
                                                                  "sandal",  "shirt",            "sneaker",  "bag",   "ankle boot"};
/// Small gray pictures of single things which others made and labelled: products and handwritten digits, as sheets of
/// equal cells, class after class.
class Sheets {
  public:
    /// @throws Error naming a file that is no such sheet
    static Sheets load(const std::filesystem::path& folder);

    /// How many pictures of each class a split may use.
    int products(Split split) const { return cellsOfClass(split == Split::Fashion ? m_test : m_training); }
    int digits(Split split) const;
    /// The picture of a product or of a digit with a sample.
    QImage picture(const Object& object, Split split) const;

  private:
    struct Sheet {
        QImage image;
        int cell = 0;  ///< pixels of a side
    };
    static Sheet read(const std::filesystem::path& file, int cell);
    static int cellsOfClass(const Sheet& sheet) { return sheet.image.width() / sheet.cell * (sheet.image.height() / sheet.cell) / 10; }

    Sheet m_training, m_test, m_digits;
};

}  // namespace fusionscope::world
