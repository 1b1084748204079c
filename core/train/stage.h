#pragma once

#include <string>
#include <vector>

#include "core/train/tensors.h"

namespace fusionscope::train {

/// What one step came to, before the weights are changed.
struct StepLosses {
    Tensor loss;  ///< a number that can be differentiated
    std::vector<Tensor> parts;  ///< numbers to be shown, in the order of Stage::partNames(); nobody has waited for them
};

/// A stage of the recipe: knows the model, draws pictures and says how wrong the model is about them.
class Stage {
  public:
    virtual ~Stage() = default;
    /// The weights that this stage changes.
    virtual const Tensors& weights() const = 0;
    /// What StepLosses::parts are; the same for every step.
    virtual std::vector<std::string> partNames() const = 0;
    /// From now on pictures are shown from this one on.
    virtual void startAt(int64_t picture) = 0;
    /// The loss on the next batch. @param seen pictures shown before; @param done share of the schedule that has passed
    virtual StepLosses losses(int64_t seen, double done) = 0;
    /// How wrong the weights as they are now are about pictures that are never shown in training; always the same ones.
    virtual double examine(int64_t pictures) = 0;
};

}  // namespace fusionscope::train
