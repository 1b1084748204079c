#include "core/fusion/projector.h"

#include <ATen/ATen.h>

#include <charconv>
#include <optional>

#include "core/files/error.h"

namespace fusionscope::fusion {

namespace {

/// N of "mlpNx_gelu", nothing for another type.
std::optional<int> mlpLayers(std::string_view type) {
    constexpr std::string_view start = "mlp", end = "x_gelu";
    if (!type.starts_with(start) || !type.ends_with(end) || type.size() <= start.size() + end.size())
        return std::nullopt;
    const auto digits = type.substr(start.size(), type.size() - start.size() - end.size());
    int layers = 0;
    const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), layers);
    if (error != std::errc() || rest != digits.data() + digits.size() || layers < 1 || layers > 32) return std::nullopt;
    return layers;
}

/// Columns of a weight [out, in]. @throws Error when it is absent or no matrix
int64_t storedWidth(const nn::Weights& place) {
    const auto shape = place.shape("weight");
    if (!shape) throw Error(concat("tensor ", place.prefix(), "weight is missing"), "projector");
    if (shape->size() != 2) throw Error(concat("tensor ", place.prefix(), "weight is no matrix"), "projector");
    return shape->at(1);
}

}  // namespace

Projector::Projector(const nn::Weights& weights, const std::string& type, int64_t outputWidth) {
    if (type == "linear") {
        m_inputWidth = storedWidth(weights);
        m_layers.emplace_back(weights, m_inputWidth, outputWidth, true);
        return;
    }
    const auto layers = mlpLayers(type);
    if (!layers)
        throw Error(concat("projector type \"", type, "\" is not known"), "config.json: mm_projector_type",
                    "Known types are linear and mlpNx_gelu.");
    const auto mlp = weights / "encoder_mlp";
    m_inputWidth = storedWidth(mlp / 0);
    for (int i = 0; i < *layers; ++i) {
        const auto place = i == 0 ? mlp / 0 : mlp / i / 1;
        m_layers.emplace_back(place, i == 0 ? m_inputWidth : outputWidth, outputWidth, true);
    }
}

std::vector<Tensor> Projector::layers(const Tensor& fused) const {
    if (fused.size(-1) != inputWidth())
        throw Error(concat("the fused feature is ", fused.size(-1), " wide, the projector takes ", inputWidth()),
                    "fusion options", "The checkpoint was trained with another kind of fusion or other blocks.");
    std::vector<Tensor> outputs;
    for (const auto& layer : m_layers) outputs.push_back(layer(outputs.empty() ? fused : at::gelu(outputs.back())));
    return outputs;
}

Tensor Projector::operator()(const Tensor& fused) const {
    return layers(fused).back();
}

}  // namespace fusionscope::fusion
