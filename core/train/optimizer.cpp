#include "core/train/optimizer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

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

Tensor orthogonalised(const Tensor& matrices) {
    const bool tall = matrices.size(-2) > matrices.size(-1);
    Tensor x = tall ? matrices.mT() : matrices;
    x = x / (x.norm(2, {-2, -1}, true) + 1e-7);
    for (int i = 0; i < 5; ++i) {
        const Tensor gram = x.matmul(x.mT());
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram.matmul(gram)).matmul(x);
    }
    return tall ? x.mT() : x;
}

Optimizer::Optimizer(const Tensors& weights, const OptimizerOptions& options, c10::ScalarType compute)
    : m_options(options), m_compute(compute), m_steps(at::zeros({1}, at::TensorOptions().dtype(c10::kDouble))) {
    for (const auto& [name, weight] : weights)
        m_slots.push_back({name, weight, at::zeros_like(weight), isMatrix(name, weight) ? Tensor() : at::zeros_like(weight)});
}

Tensor Optimizer::step(double share) {
    const at::NoGradGuard still;
    Slots matrices, others;
    std::vector<Tensor> ofMatrices, ofOthers;
    for (Slot& slot : m_slots) {
        Tensor gradient = slot.weight.grad();
        if (!gradient.defined()) continue;
        slot.weight.mutable_grad() = Tensor();
        // Lists of tensors are worked on together only where all lie in memory alike.
        if (gradient.strides() != slot.weight.strides()) gradient = at::empty_like(slot.weight).copy_(gradient);
        (slot.second.defined() ? others : matrices).push_back(&slot);
        (slot.second.defined() ? ofOthers : ofMatrices).push_back(gradient);
    }
    m_steps += 1;
    auto norms = ofMatrices.empty() ? std::vector<Tensor>() : at::_foreach_norm(ofMatrices);
    if (!ofOthers.empty())
        for (const Tensor& norm : at::_foreach_norm(ofOthers)) norms.push_back(norm);
    if (norms.empty()) return at::zeros({});
    const Tensor length = at::stack(norms).norm(), factor = m_options.clip / length.clamp_min(m_options.clip);
    if (!matrices.empty()) {
        at::_foreach_mul_(ofMatrices, factor);
        stepMatrices(matrices, ofMatrices, m_options.matrixRate * share);
    }
    if (!others.empty()) {
        at::_foreach_mul_(ofOthers, factor);
        stepOthers(others, ofOthers, m_options.otherRate * share);
    }
    return length;
}

void Optimizer::stepMatrices(const Slots& slots, const std::vector<Tensor>& gradients, double rate) {
    std::vector<Tensor> momenta, weights;
    for (const Slot* slot : slots) {
        momenta.push_back(slot->first);
        weights.push_back(slot->weight);
    }
    at::_foreach_lerp_(momenta, gradients, 1 - m_options.momentum);
    const auto steps = at::_foreach_lerp(gradients, momenta, m_options.momentum);
    at::_foreach_mul_(weights, 1 - rate * m_options.matrixDecay);
    // Those of one shape are orthogonalised together.
    std::map<std::vector<int64_t>, std::vector<std::size_t>> shapes;
    for (std::size_t i = 0; i < weights.size(); ++i) shapes[weights[i].sizes().vec()].push_back(i);
    for (const auto& [shape, members] : shapes) {
        std::vector<Tensor> together, changed;
        for (const std::size_t i : members) {
            together.push_back(steps[i]);
            changed.push_back(weights[i]);
        }
        // An orthogonal step has the root mean square 1/sqrt(long side); AdamW's is about 0.2.
        const double scale = 0.2 * std::sqrt(static_cast<double>(std::max(shape[0], shape[1])));
        at::_foreach_add_(changed, (orthogonalised(at::stack(together).to(m_compute)).to(c10::kFloat) * (-rate * scale)).contiguous().unbind());
    }
}

void Optimizer::stepOthers(const Slots& slots, const std::vector<Tensor>& gradients, double rate) {
    std::vector<Tensor> first, second, weights;
    for (const Slot* slot : slots) {
        first.push_back(slot->first);
        second.push_back(slot->second);
        weights.push_back(slot->weight);
    }
    const double steps = m_steps.item<double>();
    const double correction1 = 1 - std::pow(m_options.beta1, steps), correction2 = 1 - std::pow(m_options.beta2, steps);
    at::_foreach_lerp_(first, gradients, 1 - m_options.beta1);
    at::_foreach_mul_(second, m_options.beta2);
    at::_foreach_addcmul_(second, gradients, gradients, 1 - m_options.beta2);
    auto sizes = at::_foreach_div(second, correction2);
    at::_foreach_sqrt_(sizes);
    at::_foreach_add_(sizes, m_options.epsilon);
    at::_foreach_addcdiv_(weights, first, sizes, -rate / correction1);
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
    std::vector<Tensor> means, now;
    for (const auto& [name, mean] : m_tensors) {
        means.push_back(mean);
        now.push_back(weights.at(name));
    }
    at::_foreach_lerp_(means, now, 1 - keep);
}

void Average::save(Tensors& state) const {
    for (const auto& [name, mean] : m_tensors) state["average/" + name] = mean;
}

void Average::load(const Tensors& state) {
    for (auto& [name, mean] : m_tensors) mean.copy_(saved(state, "average/" + name, mean));
}

}  // namespace fusionscope::train
