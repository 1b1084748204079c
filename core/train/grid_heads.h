#pragma once

#include "core/nn/layers.h"
#include "core/nn/linear.h"
#include "core/train/tensors.h"

namespace fusionscope::train {

/// What the cells of a grid show, as tensors: nouns and colours [pictures, cells] int64, 0 for nothing; letters
/// [pictures, rows, 2, columns, 2, alphabet] fp32, 1 where a letter's middle lies in that quarter of a cell.
struct GridTargets {
    Tensor nouns, colours, letters;
};

/// Layers that name what each cell of DaViT's last grid shows. They help the tower to learn and are thrown away after.
class GridHeads {
  public:
    /// What the names of their weights begin with.
    static constexpr const char* place = "training.";

    /// New weights, drawn by the seed.
    static Tensors make(int64_t width, int64_t nouns, int64_t colours, int64_t alphabet, c10::Device device);
    /// @param weights what make() gave, under `place`
    GridHeads(const nn::Weights& weights, int64_t width, int64_t nouns, int64_t colours, int64_t alphabet);

    struct Losses {
        Tensor noun, colour;  ///< mean cross-entropy over cells; empty cells weigh less
        Tensor letter;        ///< binary cross-entropy for each letter that is there
        Tensor nounsRight;    ///< share of cells with something whose noun is named
        Tensor total() const { return noun + 0.5 * colour + 0.5 * letter; }
    };
    /// @param tokens [pictures, cells, width]
    Losses losses(const Tensor& tokens, const GridTargets& targets) const;

  private:
    nn::LayerNorm m_norm;
    nn::Linear m_noun, m_colour, m_letter;
};

}  // namespace fusionscope::train
