#include "core/language/rope.h"

#include <ATen/ATen.h>
#include <ATen/record_function.h>

#include <cmath>
#include <numbers>

namespace fusionscope::language {

namespace {

/// base^(−2i/width) times 1/divisor; in fp32 and in this order, as the references compute it.
Tensor plainFrequencies(double base, int64_t width, const Tensor& divisors = {}) {
    const Tensor exponents = at::arange(0, width, 2, c10::kLong).to(c10::kFloat) / static_cast<double>(width);
    const Tensor wavelengths = at::pow(base, exponents);
    return 1.0 / (divisors.defined() ? divisors * wavelengths : wavelengths);
}

Tensor divisorTensor(const std::vector<double>& values) {
    return at::tensor(values, at::TensorOptions().dtype(c10::kDouble)).to(c10::kFloat);
}

/// Wavelengths beyond length/low are stretched by the factor, those under length/high are kept, between them a ramp.
Tensor llama3Frequencies(const RopeConfig& config) {
    const Tensor plain = plainFrequencies(config.base, config.width);
    const auto length = static_cast<double>(config.originalLength);
    const Tensor wavelengths = 2.0 * std::numbers::pi / plain;
    const Tensor stretched = plain / config.factor;
    const Tensor ramp =
        (length / wavelengths - config.lowFrequencyFactor) / (config.highFrequencyFactor - config.lowFrequencyFactor);
    const Tensor between = (1.0 - ramp) * stretched + ramp * plain;
    const Tensor low = wavelengths > length / config.lowFrequencyFactor;
    const Tensor high = wavelengths < length / config.highFrequencyFactor;
    return at::where(low, stretched, at::where(high, plain, between));
}

}  // namespace

Rope::Rope(RopeConfig config) : m_config(std::move(config)) {
    switch (m_config.scaling) {
        case RopeScaling::None:
        case RopeScaling::Dynamic:
            m_short = plainFrequencies(m_config.base, m_config.width);
            break;
        case RopeScaling::Linear:
            m_short = plainFrequencies(m_config.base, m_config.width) / m_config.factor;
            break;
        case RopeScaling::Llama3:
            m_short = llama3Frequencies(m_config);
            break;
        case RopeScaling::LongRope:
            m_short = plainFrequencies(m_config.base, m_config.width, divisorTensor(m_config.shortFactors));
            m_long = plainFrequencies(m_config.base, m_config.width, divisorTensor(m_config.longFactors));
            break;
    }
}

RopeKind Rope::kind(int64_t length) const {
    return m_long.defined() && length > m_config.originalLength ? RopeKind::Long : RopeKind::Short;
}

Tensor Rope::frequencies(int64_t length) const {
    if (kind(length) == RopeKind::Long) return m_long;
    if (m_config.scaling != RopeScaling::Dynamic || length <= m_config.originalLength) return m_short;
    const auto width = static_cast<double>(m_config.width);
    const double stretch =
        m_config.factor * static_cast<double>(length) / static_cast<double>(m_config.originalLength) -
        (m_config.factor - 1.0);
    return plainFrequencies(m_config.base * std::pow(stretch, width / (width - 2.0)), m_config.width);
}

Rotation Rope::at(const Tensor& positions, int64_t length, c10::ScalarType type) const {
    const Tensor angles = positions.to(c10::kFloat).unsqueeze(-1) * frequencies(length).to(positions.device());
    const auto finish = [&](const Tensor& x) { return (x * m_config.magnitude).to(type).unsqueeze(1); };
    return {finish(at::cos(angles)), finish(at::sin(angles))};
}

Tensor rotate(const Tensor& x, const Rotation& rotation) {
    RECORD_USER_SCOPE("rotation");
    const int64_t half = rotation.cosines.size(-1);
    const Tensor first = x.narrow(-1, 0, half), second = x.narrow(-1, half, half);
    std::vector<Tensor> parts{first * rotation.cosines - second * rotation.sines,
                              second * rotation.cosines + first * rotation.sines};
    if (x.size(-1) > 2 * half) parts.push_back(x.narrow(-1, 2 * half, x.size(-1) - 2 * half));
    return at::cat(parts, -1);
}

}  // namespace fusionscope::language
