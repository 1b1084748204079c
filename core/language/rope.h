#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <vector>

namespace fusionscope::language {

using at::Tensor;

/// How a checkpoint stretches rotary position embeddings (Su et al. 2021, arXiv 2104.09864) over longer texts.
enum class RopeScaling {
    None,
    Linear,   ///< every frequency divided by the factor
    Dynamic,  ///< NTK-aware: the base grows with the text once it is longer than the training length
    Llama3,   ///< low frequencies divided by the factor, high ones kept, a ramp between
    LongRope  ///< one divisor a frequency, a second set of them for long texts (arXiv 2402.13753)
};

/// Which frequencies a text is rotated by. All but LongRope models know Short alone.
enum class RopeKind {
    Short,
    Long,
    Mixed  ///< of cached keys: earlier ones short, later ones long
};

/// Everything that decides the angles.
struct RopeConfig {
    double base = 10000.0;
    int64_t width = 0;  ///< rotated columns of a head, even; the others pass through
    RopeScaling scaling = RopeScaling::None;
    double factor = 1.0;
    double lowFrequencyFactor = 1.0, highFrequencyFactor = 4.0;  ///< Llama3
    int64_t originalLength = 0;                                  ///< training length before the stretch, in tokens
    std::vector<double> shortFactors, longFactors;               ///< LongRope: width/2 divisors each
    double magnitude = 1.0;                                      ///< multiplies cosines and sines (LongRope)
};

/// Cosines and sines of one pass, shared by all its layers: [rows, 1, positions, width/2], rows 1 or the batch.
struct Rotation {
    Tensor cosines, sines;
};

/// Rotary position embedding in the half-split layout: column i turns with column i + width/2.
class Rope {
  public:
    explicit Rope(RopeConfig config);

    /// The frequencies that serve a text of `length` tokens: [width/2] fp32 on the CPU.
    Tensor frequencies(int64_t length) const;
    /// The kind of frequencies for a text of `length` tokens: Short or Long.
    RopeKind kind(int64_t length) const;
    /// @param positions [rows, n] int64; @param length of the whole text, the largest position plus one
    /// Angles are computed in fp32 and cast to `type` at the end.
    Rotation at(const Tensor& positions, int64_t length, c10::ScalarType type) const;
    const RopeConfig& config() const { return m_config; }

  private:
    RopeConfig m_config;
    Tensor m_short, m_long;  // the same tensor unless LongRope
};

/// x [batch, heads, positions, head width] turned. @param rotation of the same positions
Tensor rotate(const Tensor& x, const Rotation& rotation);

}  // namespace fusionscope::language
