#include "core/nn/layers.h"

#include <ATen/ATen.h>
#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <ATen/record_function.h>

#include "core/nn/cpu.h"

namespace fusionscope::nn {

LayerNorm::LayerNorm(const Weights& weights, int64_t width, double epsilon)
    : m_weight(weights.tensor("weight", {width})), m_bias(weights.tensor("bias", {width})), m_epsilon(epsilon) {}

Tensor LayerNorm::operator()(const Tensor& x) const {
    RECORD_USER_SCOPE("norm");
    if (x.is_meta()) return at::empty_like(x);  // as in Conv2d
    const auto type = x.scalar_type();
    return at::layer_norm(x, {m_weight.size(0)}, m_weight.to(type), m_bias.to(type), m_epsilon);
}

RmsNorm::RmsNorm(const Weights& weights, int64_t width, double epsilon)
    : m_weight(weights.tensor("weight", {width})), m_epsilon(epsilon) {}

Tensor RmsNorm::operator()(const Tensor& x) const {
    RECORD_USER_SCOPE("norm");
    if (x.is_cuda()) return at::rms_norm(x, {m_weight.size(0)}, m_weight.to(x.scalar_type()), m_epsilon);
    const Tensor wide = x.to(c10::kFloat);
    const Tensor scaled = wide * at::rsqrt(wide.square().mean(-1, true) + m_epsilon);
    return m_weight.to(x.scalar_type()) * scaled.to(x.scalar_type());
}

Conv2d::Conv2d(const Weights& weights, int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding,
               int64_t groups)
    : m_weight(weights.tensor("weight", {out, in / groups, kernel, kernel})),
      m_bias(weights.tensor("bias", {out})),
      m_stride(stride),
      m_padding(padding),
      m_groups(groups) {}

Tensor Conv2d::operator()(const Tensor& x) const {
    RECORD_USER_SCOPE("convolution");
    if (x.is_meta()) {  // the library knows the shapes of convolutions only from within Python
        const auto side = [&](int64_t axis) {
            return (x.size(axis) + 2 * m_padding - m_weight.size(axis)) / m_stride + 1;
        };
        return at::empty({x.size(0), m_weight.size(0), side(2), side(3)}, x.options());
    }
    // cuDNN would round fp32 to 10 bits: 5e-4 away from the references where 1e-4 is promised.
    [[maybe_unused]] static const bool whole = (at::globalContext().setAllowTF32CuDNN(false), true);
    const auto type = x.scalar_type(), wide = productType(x);
    return at::conv2d(x.to(wide), m_weight.to(wide), m_bias.to(wide), m_stride, m_padding, 1, m_groups).to(type);
}

Tensor embedding(const Tensor& table, const Tensor& ids) {
    RECORD_USER_SCOPE("embedding");
    if (!table.is_meta()) return at::embedding(table, ids);
    auto shape = ids.sizes().vec();  // as in Conv2d
    shape.push_back(table.size(1));
    return at::empty(shape, table.options());
}

namespace {

/// softmax(q kᵀ · scale + mask) v in single steps.
Tensor plainAttention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask, double scale, bool causal) {
    const int64_t batch = q.size(0), kvHeads = k.size(1), shared = q.size(1) / kvHeads, queries = q.size(2), keys = k.size(2);
    // Queries that share keys are the rows of one product.
    const Tensor rows = (q * scale).reshape({batch, kvHeads, shared * queries, q.size(3)});
    Tensor scores = at::matmul(rows, k.mT()).view({batch, kvHeads * shared, queries, keys});
    if (mask.defined()) scores = mask.scalar_type() == c10::kBool ? scores.masked_fill(mask.logical_not(), -1e30) : scores + mask;
    if (causal) {
        const Tensor later = at::ones({queries, keys}, q.options().dtype(c10::kBool)).triu(1);
        scores = scores.masked_fill(later, -1e30);
    }
    const Tensor shares = scores.softmax(-1).view({batch, kvHeads, shared * queries, keys});
    return at::matmul(shares, v).view({batch, q.size(1), queries, v.size(3)});
}

}  // namespace

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask, double scale, bool causal) {
    RECORD_USER_SCOPE("attention");
    // LibTorch has no shape function for masked attention.
    if (q.device().is_meta()) return at::empty({q.size(0), q.size(1), q.size(2), v.size(3)}, q.options());
    if (const auto type = q.scalar_type(), wide = productType(q); wide != type) {
        const bool added = mask.defined() && mask.scalar_type() != c10::kBool;
        return attention(q.to(wide), k.to(wide), v.to(wide), added ? mask.to(wide) : mask, scale, causal).to(type);
    }
    const bool differentiated = at::GradMode::is_enabled() && (q.requires_grad() || k.requires_grad() || v.requires_grad());
    if (differentiated && q.is_cpu()) {
        if (mask.defined() || !causal) return plainAttention(q, k, v, mask, scale, causal);
        // A conversation's scores would not fit into the caches: in blocks it takes a third of the time at 550 tokens. The
        // CPU's blocks know no queries that share keys.
        const int64_t shared = q.size(1) / k.size(1);
        const auto repeated = [shared](const Tensor& x) { return shared == 1 ? x : x.repeat_interleave(shared, 1); };
        return at::scaled_dot_product_attention(q, repeated(k), repeated(v), {}, 0.0, true, scale);
    }
    // cuDNN's plans cost 10 ms and more for each new shape, and almost every prompt, batch and step of an answer has one.
    [[maybe_unused]] static const bool unplanned = (at::globalContext().setSDPUseCuDNN(false), true);
    const std::optional<Tensor> attentionMask = mask.defined() ? std::optional<Tensor>(mask) : std::nullopt;
    const int64_t heads = q.size(1), kvHeads = k.size(1);
    // One query a head: the queries that share keys become the rows of one head, so that keys are read once.
    if (heads != kvHeads && q.size(2) == 1) {
        const Tensor grouped = q.reshape({q.size(0), kvHeads, heads / kvHeads, q.size(3)});
        return at::scaled_dot_product_attention(grouped, k, v, attentionMask, 0.0, false, scale).reshape(q.sizes());
    }
    return at::scaled_dot_product_attention(q, k, v, attentionMask, 0.0, causal, scale, heads != kvHeads);
}

Tensor splitHeads(const Tensor& x, int64_t heads) {
    return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
}

Tensor joinHeads(const Tensor& x) {
    return x.transpose(1, 2).reshape({x.size(0), x.size(2), x.size(1) * x.size(3)});
}

}  // namespace fusionscope::nn
