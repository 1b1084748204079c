#include "core/train/optimizer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "core/files/error.h"
#include "core/train/weights.h"

namespace fusionscope::train {

namespace {

const Tensor& saved(const Tensors& state, const std::string& name, const Tensor& like) {
    const auto found = state.find(name);
    if (found == state.end() || found->second.sizes() != like.sizes())
        throw Error(concat("the state ", name, " is missing or has another shape"), "checkpoint",
                    "It belongs to another training: choose a new folder.");
    return found->second;
}

}  // namespace

Tensor orthogonalised(const Tensor& matrix) {
    const bool tall = matrix.size(0) > matrix.size(1);
    Tensor x = tall ? matrix.t() : matrix;
    x = x / (x.norm() + 1e-7);
    for (int i = 0; i < 5; ++i) {
        const Tensor gram = x.mm(x.t());
        x = 3.4445 * x + at::addmm(gram, gram, gram, -4.7750, 2.0315).mm(x);
    }
    return tall ? x.t() : x;
}

Optimizer::Optimizer(const Tensors& weights, const OptimizerOptions& options)
    : m_options(options), m_steps(at::zeros({1}, at::TensorOptions().dtype(c10::kDouble))) {
    for (const auto& [name, weight] : weights)
        m_slots.push_back({name, weight, at::zeros_like(weight), isMatrix(name, weight) ? Tensor() : at::zeros_like(weight)});
}

double Optimizer::clipFactor(double length) const { return length > m_options.clip ? m_options.clip / length : 1.0; }

double Optimizer::step(double share) {
    const at::NoGradGuard still;
    std::vector<Tensor> norms;
    for (const Slot& slot : m_slots)
        if (slot.weight.grad().defined()) norms.push_back(slot.weight.grad().norm());
    const double length = norms.empty() ? 0 : at::stack(norms).norm().item<double>();
    // A step from a broken gradient would spoil the weights for good.
    if (!std::isfinite(length))
        throw Error("the gradient is not a number any more", "training", "Go on from the last checkpoint with lower rates.");
    const double factor = clipFactor(length);
    m_steps += 1;
    const double steps = m_steps.item<double>();
    const double correction1 = 1 - std::pow(m_options.beta1, steps), correction2 = 1 - std::pow(m_options.beta2, steps);
    for (Slot& slot : m_slots) {
        if (!slot.weight.grad().defined()) continue;
        const Tensor gradient = slot.weight.grad().mul(factor);
        slot.weight.mutable_grad() = Tensor();
        if (slot.second.defined()) {
            const double rate = m_options.otherRate * share;
            slot.first.lerp_(gradient, 1 - m_options.beta1);
            slot.second.mul_(m_options.beta2).addcmul_(gradient, gradient, 1 - m_options.beta2);
            const Tensor size = slot.second.div(correction2).sqrt_().add_(m_options.epsilon);
            slot.weight.addcdiv_(slot.first, size, -rate / correction1);
            continue;
        }
        const double rate = m_options.matrixRate * share;
        slot.first.lerp_(gradient, 1 - m_options.momentum);
        const Tensor direction = orthogonalised(gradient.lerp(slot.first, m_options.momentum));
        // An orthogonal step has the root mean square 1/sqrt(long side); AdamW's is about 0.2.
        const double scale = 0.2 * std::sqrt(static_cast<double>(std::max(slot.weight.size(0), slot.weight.size(1))));
        slot.weight.mul_(1 - rate * m_options.matrixDecay).add_(direction, -rate * scale);
    }
    return length;
}

void Optimizer::save(Tensors& state) const {
    state["optimizer/steps"] = m_steps;
    for (const Slot& slot : m_slots) {
        state["optimizer/first/" + slot.name] = slot.first;
        if (slot.second.defined()) state["optimizer/second/" + slot.name] = slot.second;
    }
}

void Optimizer::load(const Tensors& state) {
    m_steps.copy_(saved(state, "optimizer/steps", m_steps));
    for (Slot& slot : m_slots) {
        slot.first.copy_(saved(state, "optimizer/first/" + slot.name, slot.first));
        if (slot.second.defined()) slot.second.copy_(saved(state, "optimizer/second/" + slot.name, slot.second));
    }
}

Average::Average(const Tensors& weights, double keep) : m_keep(keep) {
    for (const auto& [name, weight] : weights) m_tensors.emplace(name, weight.detach().clone());
}

void Average::update(const Tensors& weights, int64_t step) {
    const at::NoGradGuard still;
    const double keep = std::min(m_keep, (1.0 + static_cast<double>(step)) / (10.0 + static_cast<double>(step)));
    for (auto& [name, mean] : m_tensors) mean.lerp_(weights.at(name), 1 - keep);
}

void Average::save(Tensors& state) const {
    for (const auto& [name, mean] : m_tensors) state["average/" + name] = mean;
}

void Average::load(const Tensors& state) {
    for (auto& [name, mean] : m_tensors) mean.copy_(saved(state, "average/" + name, mean));
}

}  // namespace fusionscope::train
