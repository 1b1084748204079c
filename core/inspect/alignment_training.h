#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <random>
#include <vector>

namespace fusionscope::inspect {

/// The alignment loss of one batch (Florence-VL, section 4) and its slope by each layer of the projection.
struct AlignmentLoss {
    double value = 0;                    ///< mean over the batch of −log softmaxⱼ(aᵢ·bⱼ / temperature)ᵢᵢ
    std::vector<at::Tensor> gradients;   ///< as the layers
};

/// @param vision      [pairs, tokens, visionWidth]
/// @param text        [pairs, textWidth]: token means
/// @param layers      the projection, weights without biases, [out, in] each: one, or two with an exact GELU between
/// @param temperature divides the cosines, > 0; 1: as in the paper
AlignmentLoss alignmentLoss(const at::Tensor& vision, const at::Tensor& text, const std::vector<at::Tensor>& layers,
                            double temperature);

/// Normalised means over the tokens of the projected vision tokens: [pairs, textWidth].
at::Tensor projectedDirections(const at::Tensor& vision, const std::vector<at::Tensor>& layers);

struct TrainingOptions {
    int64_t batch = 32;
    int depth = 1;              ///< layers of the projection, 1 or 2; the one between is as wide as the text
    double temperature = 1;
    double learningRate = 1e-3; ///< of Adam (0.9, 0.999)
    uint64_t seed = 1;
};

/// Trains a projection of pictures' features to where their captions' states are. The same numbers give the same
/// training, step by step.
class AlignmentTrainer {
  public:
    /// @param vision [pairs, tokens, visionWidth] and @param text [pairs, textWidth], fp32 on the CPU
    /// @param trained pairs to train on, at least options.batch of them
    AlignmentTrainer(at::Tensor vision, at::Tensor text, std::vector<int64_t> trained, const TrainingOptions& options);

    /// One step of Adam on the next batch; every pair comes once before any comes again, but for a rest that fills no
    /// batch. @return the batch's loss before the step
    double step();
    /// Mean loss of pairs, in batches of `batch` as they come; a rest that fills none is left out.
    double loss(const std::vector<int64_t>& pairs, int64_t batch) const;
    /// Of each pair: cosine of the projected picture and its text.
    std::vector<double> cosines() const;

  private:
    std::vector<int64_t> nextBatch();

    at::Tensor m_vision, m_text;
    std::vector<int64_t> m_trained;
    TrainingOptions m_options;
    std::mt19937_64 m_random;
    std::vector<at::Tensor> m_layers, m_means, m_squares;
    int64_t m_steps = 0;
    size_t m_next = 0;  ///< of m_trained
};

}  // namespace fusionscope::inspect
