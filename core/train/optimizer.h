#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/train/tensors.h"

namespace fusionscope::train {

/// How fast weights are changed.
struct OptimizerOptions {
    double matrixRate = 1e-3;    ///< of Muon, in root mean square of a step, like AdamW's
    double otherRate = 8e-4;     ///< of AdamW
    double matrixDecay = 0.05;   ///< share of a matrix that is taken off at rate 1
    double momentum = 0.95;
    double beta1 = 0.9, beta2 = 0.98, epsilon = 1e-8;
    double clip = 1;             ///< longest gradient over all weights together
};

/// Muon (Jordan et al. 2024: momentum whose singular values are brought near 1 by Newton-Schulz iterations) for matrices,
/// AdamW (Loshchilov and Hutter 2017, arXiv 1711.05101) for everything else.
class Optimizer {
  public:
    /// @param weights all require gradients, in fp32; @param compute the type that Muon's products are made in
    Optimizer(const Tensors& weights, const OptimizerOptions& options, c10::ScalarType compute = c10::kFloat);

    /// Changes the weights by their gradients, which are then dropped.
    /// @param share of the rates, 0 to 1
    /// @return the gradient's length before it was clipped, a number on the weights' device that nobody waited for; when it
    /// is not finite the weights are spoiled
    Tensor step(double share);

    /// The state under names that begin with "optimizer/".
    void save(Tensors& state) const;
    /// @throws Error when the state is another training's
    void load(const Tensors& state);

  private:
    struct Slot {
        std::string name;
        Tensor weight, first, second;  ///< `second` is undefined for matrices
    };
    using Slots = std::vector<Slot*>;
    void stepMatrices(const Slots& slots, const std::vector<Tensor>& gradients, double rate);
    void stepOthers(const Slots& slots, const std::vector<Tensor>& gradients, double rate);

    OptimizerOptions m_options;
    c10::ScalarType m_compute;
    std::vector<Slot> m_slots;
    Tensor m_steps;  ///< one number
};

/// The matrices nearest to ones with orthogonal rows or columns: singular values between 0.7 and 1.2. Exposed for tests.
/// @param matrices [.., rows, columns]
Tensor orthogonalised(const Tensor& matrices);

/// A running mean of weights, which judges better than the last step's (Polyak and Juditsky 1992).
class Average {
  public:
    Average(const Tensors& weights, double keep);
    /// After the n-th step, n from 1: early steps keep less, so that the start is soon forgotten.
    void update(const Tensors& weights, int64_t step);
    const Tensors& tensors() const { return m_tensors; }
    void save(Tensors& state) const;
    void load(const Tensors& state);

  private:
    Tensors m_tensors;
    double m_keep;
};

}  // namespace fusionscope::train
