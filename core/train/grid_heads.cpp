#include "core/train/grid_heads.h"

#include <ATen/ATen.h>

namespace fusionscope::train {

namespace {

// Of the cells that show nothing, most by far.
constexpr double emptyWeight = 0.15;
// Almost no letter is in any given place: without a low start the loss would be hundreds of times too high.
constexpr double letterStart = -7;

Tensor weighedLoss(const Tensor& logits, const Tensor& targets, const Tensor& weights) {
    const Tensor losses = at::cross_entropy_loss(logits.flatten(0, 1), targets.flatten(), {}, at::Reduction::None);
    return (losses * weights).sum() / weights.sum();
}

}  // namespace

Tensors GridHeads::make(int64_t width, int64_t nouns, int64_t colours, int64_t alphabet, c10::Device device) {
    const auto options = at::TensorOptions().dtype(c10::kFloat).device(device);
    Tensors made;
    const auto name = [](const char* rest) { return std::string(place).append(rest); };
    made[name("norm.weight")] = at::ones({width}, options);
    made[name("norm.bias")] = at::zeros({width}, options);
    const auto head = [&](const char* weight, const char* bias, int64_t out, double start) {
        // Zeros suit a last layer: its gradient does not depend on its own weights.
        made[name(weight)] = at::zeros({out, width}, options);
        made[name(bias)] = at::full({out}, start, options);
    };
    head("noun.weight", "noun.bias", nouns, 0);
    head("colour.weight", "colour.bias", colours, 0);
    head("letter.weight", "letter.bias", 4 * alphabet, letterStart);
    return made;
}

GridHeads::GridHeads(const nn::Weights& weights, int64_t width, int64_t nouns, int64_t colours, int64_t alphabet)
    : m_norm(weights / "training" / "norm", width, 1e-5),
      m_noun(weights / "training" / "noun", width, nouns, true),
      m_colour(weights / "training" / "colour", width, colours, true),
      m_letter(weights / "training" / "letter", width, 4 * alphabet, true) {}

GridHeads::Losses GridHeads::losses(const Tensor& tokens, const GridTargets& targets) const {
    const Tensor x = m_norm(tokens);
    const Tensor nouns = m_noun(x).to(c10::kFloat), letters = m_letter(x).to(c10::kFloat);
    const Tensor shown = targets.nouns.flatten() > 0;
    const Tensor weights = at::where(shown, 1.0, emptyWeight).to(c10::kFloat);
    const auto& shape = targets.letters.sizes();  // [pictures, rows, 2, columns, 2, alphabet]
    const Tensor placed = letters.view({shape[0], shape[1], shape[3], 2, 2, shape[5]}).permute({0, 1, 3, 2, 4, 5});
    Losses losses;
    losses.noun = weighedLoss(nouns, targets.nouns, weights);
    losses.colour = weighedLoss(m_colour(x).to(c10::kFloat), targets.colours, weights);
    losses.letter = at::binary_cross_entropy_with_logits(placed, targets.letters, {}, {}, at::Reduction::Sum) /
                    targets.letters.sum().clamp_min(20);
    const Tensor right = (nouns.detach().argmax(-1).flatten() == targets.nouns.flatten()) & shown;
    losses.nounsRight = right.sum().to(c10::kFloat) / shown.sum().clamp_min(1);
    return losses;
}

}  // namespace fusionscope::train
