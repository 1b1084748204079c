#include "core/nn/linear.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <ATen/record_function.h>

#include "core/nn/cpu.h"

namespace fusionscope::nn {

namespace {

bool differentiating(const Tensor& x, const Tensor& weight) {
    return at::GradMode::is_enabled() && (x.requires_grad() || weight.requires_grad());
}

}  // namespace

Linear::Linear(const Weights& weights, int64_t in, int64_t out, bool bias, LinearFormat format)
    : m_bias(bias ? weights.tensor("bias", {out}) : Tensor()) {
    if (hasQuantized(weights, "weight")) {
        m_quantized = std::make_shared<QuantizedMatrix>(readQuantized(weights, "weight", out, in));
        weights.store().release(weights.prefix() + "weight.scale");  // int4's were laid out anew
        return;
    }
    if (auto blocks = readBlocks(weights, "weight", out, in)) {
        m_quantized = std::make_shared<QuantizedMatrix>(std::move(*blocks));
        return;
    }
    const auto& options = weights.options();
    if (options.report && format != LinearFormat::Dense)
        options.report->quantisable.insert(weights.prefix() + "weight");
    if (format == LinearFormat::Dense || options.device.is_meta()) {
        m_weight = weights.matrix("weight", {out, in});
        return;
    }
    const std::string name = weights.prefix() + "weight";
    const Tensor stored = weights.store().loadOnce(name, {out, in});
    m_quantized = std::make_shared<QuantizedMatrix>(quantize(stored, format, options.groupSize));
    weights.store().release(name);
}

Linear::Linear(Tensor weight, Tensor bias) : m_weight(std::move(weight)), m_bias(std::move(bias)) {}

Linear::Linear(QuantizedParts weight, Tensor bias)
    : m_bias(std::move(bias)), m_quantized(std::make_shared<QuantizedMatrix>(std::move(weight))) {}

std::optional<kernels::MatrixView> Linear::kernelView() const {
    if (m_quantized) return m_quantized->onProcessor() ? std::optional(m_quantized->view()) : std::nullopt;
    // Plain code is slower than the library.
    if (!m_weight.defined() || !m_weight.device().is_cpu() || !m_weight.is_contiguous() ||
        kernels::instructions() == kernels::Instructions::Plain)
        return std::nullopt;
    const auto type = m_weight.scalar_type();
    if (type != c10::kFloat && type != c10::kBFloat16) return std::nullopt;
    const auto form = type == c10::kFloat ? kernels::MatrixForm::Fp32 : kernels::MatrixForm::Bf16;
    return kernels::MatrixView{form, m_weight.const_data_ptr(), nullptr, m_weight.size(0), m_weight.size(1)};
}

int64_t Linear::bytes() const {
    if (m_quantized) return m_quantized->bytes();
    return m_weight.defined() ? static_cast<int64_t>(m_weight.nbytes()) : 0;
}

Tensor Linear::operator()(const Tensor& x) const {
    RECORD_USER_SCOPE("products");
    const auto type = x.scalar_type();
    const int64_t in = x.size(-1), rows = in > 0 ? x.numel() / in : 0;
    const bool dense = !m_quantized, learning = dense && differentiating(x, m_weight);
    const bool ours = dense && !learning && x.device().is_cpu() && type != c10::kDouble;
    auto view = ours ? kernelView() : std::nullopt;
    if (view && !kernelsTake(rows, view->form)) view.reset();
    if (dense && !view && (learning || productType(x) == type))
        return at::linear(x, m_weight.to(type), m_bias.defined() ? m_bias.to(type) : m_bias);

    const Tensor flat = x.reshape({rows, in});
    const auto byTiles = [&] {
        const Tensor product = productByTiles(flat, m_weight.size(0), [this](int64_t first, int64_t count, auto wide) {
            return m_weight.narrow(0, first, count).to(wide).t();
        });
        return m_bias.defined() ? product + m_bias.to(type) : product;
    };
    const Tensor product = !dense ? m_quantized->times(flat, m_bias) : view ? kernelTimes(flat, *view, m_bias) : byTiles();
    auto shape = x.sizes().vec();
    shape.back() = product.size(-1);
    return product.view(shape);
}

}  // namespace fusionscope::nn
