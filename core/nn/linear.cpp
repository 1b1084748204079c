#include "core/nn/linear.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "core/nn/cpu.h"

namespace fusionscope::nn {

namespace {

/// From so many rows on, a product in a type that the processor only emulates is slower than converting the weights.
constexpr int64_t emulatedRows = 6;

bool emulated(const Tensor& x) {
    return x.device().is_cpu() && fastProductType(x.scalar_type()) != x.scalar_type();
}

bool differentiating(const Tensor& x, const Tensor& weight) {
    return at::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad());
}

}  // namespace

Linear::Linear(const Weights& weights, int64_t in, int64_t out, bool bias, LinearFormat format)
    : m_bias(bias ? weights.tensor("bias", {out}) : Tensor()) {
    if (hasQuantized(weights, "weight")) {
        m_quantized = std::make_shared<QuantizedMatrix>(readQuantized(weights, "weight", out, in));
        return;
    }
    const auto& options = weights.options();
    if (options.report && format != LinearFormat::Dense)
        options.report->quantisable.insert(weights.prefix() + "weight");
    if (format == LinearFormat::Dense || options.device.is_meta()) {
        m_weight = weights.tensor("weight", {out, in});
        return;
    }
    const Tensor stored = weights.store().loadOnce(weights.prefix() + "weight", {out, in});
    m_quantized = std::make_shared<QuantizedMatrix>(quantize(stored, format, options.groupSize));
}

Linear::Linear(Tensor weight, Tensor bias) : m_weight(std::move(weight)), m_bias(std::move(bias)) {}

Linear::Linear(QuantizedParts weight, Tensor bias)
    : m_bias(std::move(bias)), m_quantized(std::make_shared<QuantizedMatrix>(std::move(weight))) {}

Tensor Linear::operator()(const Tensor& x) const {
    const auto type = x.scalar_type();
    const int64_t in = x.size(-1), rows = in > 0 ? x.numel() / in : 0;
    const bool byTiles = !m_quantized && emulated(x) && rows >= emulatedRows && !differentiating(x, m_weight);
    if (!m_quantized && !byTiles) return at::linear(x, m_weight.to(type), m_bias.defined() ? m_bias.to(type) : m_bias);

    const Tensor flat = x.reshape({rows, in});
    Tensor product = m_quantized
                         ? m_quantized->times(flat)
                         : productByTiles(flat, m_weight.size(0), [this](int64_t first, int64_t count, auto wide) {
                               return m_weight.narrow(0, first, count).to(wide).t();
                           });
    if (m_bias.defined()) product = product + m_bias.to(type);
    auto shape = x.sizes().vec();
    shape.back() = product.size(-1);
    return product.view(shape);
}

}  // namespace fusionscope::nn
