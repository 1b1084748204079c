#include "core/train/low_rank.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>
#include <vector>

#include "core/files/error.h"
#include "core/language/decoder.h"

namespace fusionscope::train {

namespace {

constexpr std::string_view first = ".lora_A.weight", second = ".lora_B.weight", whole = ".weight";

}  // namespace

bool isLowRank(std::string_view name) { return name.ends_with(first) || name.ends_with(second); }

Tensors lowRankPairs(const language::DecoderConfig& config, int64_t rank, uint64_t seed, c10::Device device) {
    Tensors pairs;
    auto generator = at::detail::createCPUGenerator(seed);
    const auto options = at::TensorOptions().dtype(c10::kFloat);
    for (const auto& [name, source, out, in] : language::decoderMatrices(config)) {
        if (!name.starts_with("model.layers.")) continue;
        const std::string place = name.substr(0, name.size() - whole.size());
        pairs[std::string(place).append(first)] = (at::randn({rank, in}, generator, options) / std::sqrt(static_cast<double>(in))).to(device);
        pairs[std::string(place).append(second)] = at::zeros({out, rank}, options).to(device);
    }
    return pairs;
}

void mergeLowRank(Tensors& weights) {
    std::vector<std::string> places;
    for (const auto& [name, tensor] : weights)
        if (name.ends_with(first)) places.push_back(name.substr(0, name.size() - first.size()));
    for (const auto& place : places) {
        const auto part = [&](std::string_view end) -> Tensor& {
            const auto found = weights.find(std::string(place).append(end));
            if (found == weights.end()) throw Error("the low-rank change of " + place + " is incomplete", "checkpoint");
            return found->second;
        };
        const Tensor &up = part(second), &down = part(first);
        if (up.dim() != 2 || down.dim() != 2 || up.size(1) != down.size(0) || part(whole).sizes() != at::IntArrayRef({up.size(0), down.size(1)}))
            throw Error("the low-rank change of " + place + " does not fit its matrix", "checkpoint", "It belongs to another language model.");
        part(whole) = part(whole) + up.mm(down);
    }
    std::erase_if(weights, [](const auto& item) { return isLowRank(item.first); });
}

}  // namespace fusionscope::train
