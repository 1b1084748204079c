#include "core/vision/siglip.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "core/files/json.h"

namespace fusionscope::vision {

namespace {

// Patches that pass through the tower at once: some 80 MB of intermediate results in the largest published tower.
constexpr int64_t patchesPerGroup = 2048;

/// Joins what each group of views records into one tensor of all views.
class GroupRecorder : public nn::Recorder {
  public:
    explicit GroupRecorder(nn::Recorder* whole) : m_whole(whole) {}
    bool wants(std::string_view name) const override { return m_whole->wants(name); }
    void record(std::string_view name, const Tensor& value) override {
        auto& parts = m_parts[std::string(name)];
        if (parts.empty()) m_order.emplace_back(name);
        parts.push_back(value);
    }
    void finish() {
        for (const auto& name : m_order) m_whole->record(name, at::cat(m_parts[name]));
    }

  private:
    nn::Recorder* m_whole;
    std::map<std::string, std::vector<Tensor>> m_parts;
    std::vector<std::string> m_order;
};

Tensor feedForward(const nn::Linear& fc1, const nn::Linear& fc2, const Tensor& x) {
    return fc2(at::gelu(fc1(x), "tanh"));
}

/// The place along one side of the table of each of `count` patches, in the steps of single precision in which the
/// reference computes them: for some grids they differ from exact fractions.
Tensor spreadPlaces(int64_t count, int64_t gridSide) {
    const auto single = at::TensorOptions().dtype(c10::kFloat);
    const double step = 1.0 / static_cast<double>(gridSide);
    const Tensor borders = at::arange(step, 1.0, step, single);
    const Tensor part = at::ones({}, single) / static_cast<double>(count);
    const Tensor fractions = (at::arange(count, single) * part).clamp_max(1.0 - 1e-6);
    return at::bucketize(fractions, borders, false, true);
}

double attentionScale(int64_t width, int64_t heads) {
    return 1.0 / std::sqrt(static_cast<double>(width / heads));
}

}  // namespace

SiglipConfig SiglipConfig::read(const files::Fields& vision, const SiglipConfig& defaults) {
    constexpr files::Range<int64_t> width{1, int64_t{1} << 16}, count{1, 1024};
    SiglipConfig config;
    config.width = vision.integerOr("hidden_size", defaults.width, width);
    config.inner = vision.integerOr("intermediate_size", defaults.inner, width);
    config.layers = vision.integerOr("num_hidden_layers", defaults.layers, count);
    config.heads = vision.integerOr("num_attention_heads", defaults.heads, count);
    config.channels = vision.integerOr("num_channels", defaults.channels, {3, 3});
    config.imageSide = vision.integerOr("image_size", defaults.imageSide, {1, 4096});
    config.patch = vision.integerOr("patch_size", defaults.patch, {1, 4096});
    config.epsilon = vision.numberOr("layer_norm_eps", defaults.epsilon, {0.0, 1.0});
    if (config.width % config.heads != 0)
        vision.refuse("hidden_size",
                      concat("is ", config.width, ", expected a multiple of num_attention_heads, ", config.heads));
    if (config.patch > config.imageSide)
        vision.refuse("patch_size", concat("is ", config.patch, ", more than image_size, ", config.imageSide));
    if (vision.textOr("hidden_act", "gelu_pytorch_tanh") != "gelu_pytorch_tanh")
        vision.refuse("hidden_act", "is not \"gelu_pytorch_tanh\", the only activation of SigLIP towers");
    return config;
}

PatchPlaces PatchPlaces::spread(const Tensor& mask, int64_t gridSide) {
    const int64_t views = mask.size(0), rows = mask.size(1), columns = mask.size(2);
    PatchPlaces places;
    places.ids = at::zeros({views, rows, columns}, at::TensorOptions().dtype(c10::kLong));
    for (int64_t view = 0; view < views; ++view) {
        const auto height = mask[view].select(1, 0).sum().item<int64_t>();
        const auto width = mask[view].select(0, 0).sum().item<int64_t>();
        if (height == 0 || width == 0) continue;
        const Tensor table = spreadPlaces(height, gridSide).unsqueeze(1) * gridSide + spreadPlaces(width, gridSide);
        places.ids[view].narrow(0, 0, height).narrow(1, 0, width).copy_(table);
    }
    places.ids = places.ids.flatten(1);
    if (!mask.all().item<bool>()) places.valid = mask.flatten(1);
    return places;
}

SiglipLayer::SiglipLayer(const nn::Weights& weights, const SiglipConfig& config)
    : m_heads(config.heads),
      m_norm1(weights / "layer_norm1", config.width, config.epsilon),
      m_norm2(weights / "layer_norm2", config.width, config.epsilon),
      m_queries(weights / "self_attn" / "q_proj", config.width, config.width, true),
      m_keys(weights / "self_attn" / "k_proj", config.width, config.width, true),
      m_values(weights / "self_attn" / "v_proj", config.width, config.width, true),
      m_output(weights / "self_attn" / "out_proj", config.width, config.width, true),
      m_fc1(weights / "mlp" / "fc1", config.width, config.inner, true),
      m_fc2(weights / "mlp" / "fc2", config.inner, config.width, true) {}

Tensor SiglipLayer::operator()(Tensor x, const Tensor& mask) const {
    x = x + attend(m_norm1(x), mask);
    return x + feedForward(m_fc1, m_fc2, m_norm2(x));
}

Tensor SiglipLayer::attend(const Tensor& x, const Tensor& mask) const {
    const auto heads = [this](const Tensor& y) { return nn::splitHeads(y, m_heads); };
    const double scale = attentionScale(x.size(2), m_heads);
    const Tensor q = heads(m_queries(x)), k = heads(m_keys(x)), v = heads(m_values(x));
    return m_output(nn::joinHeads(nn::attention(q, k, v, mask, scale)));
}

Siglip::Siglip(const nn::Weights& weights, const SiglipConfig& config, const SiglipOutput& output)
    : m_config(config),
      m_hasPostNorm(output.postNorm),
      m_patch(weights / "embeddings" / "patch_embedding", config.channels, config.width, config.patch, config.patch, 0),
      m_positions((weights / "embeddings" / "position_embedding")
                      .tensor("weight", {config.gridSide() * config.gridSide(), config.width})) {
    weights.store().ignore((weights / "embeddings").prefix() + "position_ids");  // old files store the counting numbers
    const int64_t layers = output.layers < 0 ? config.layers : output.layers;
    for (int64_t i = 0; i < layers; ++i) m_layers.emplace_back(weights / "encoder" / "layers" / i, config);
    if (m_hasPostNorm) m_postNorm = nn::LayerNorm(weights / "post_layernorm", config.width, config.epsilon);
}

Tensor Siglip::positions(int64_t rows, int64_t columns) const {
    const int64_t side = m_config.gridSide();
    if (rows == side && columns == side) return m_positions;
    if (m_positions.is_meta()) return at::empty({rows * columns, m_config.width}, m_positions.options());
    const Tensor table = m_positions.to(c10::kFloat).t().reshape({1, m_config.width, side, side});
    const Tensor resized = at::upsample_bicubic2d(table, {rows, columns}, false);
    return resized.flatten(2).squeeze(0).t().to(m_positions.scalar_type());
}

Tensor Siglip::operator()(const Tensor& pixels, const nn::Pass& pass) const {
    return run(pixels, positions(rows(pixels), columns(pixels)).unsqueeze(0), {}, pass);
}

Tensor Siglip::operator()(const Tensor& pixels, const PatchPlaces& places, const nn::Pass& pass) const {
    const Tensor valid = places.valid.defined() ? places.valid.to(device()) : places.valid;
    return run(pixels, nn::embedding(m_positions, places.ids.to(device())), valid, pass);
}

Tensor Siglip::run(const Tensor& pixels, const Tensor& positions, const Tensor& valid, const nn::Pass& pass) const {
    const int64_t views = pixels.size(0), patches = std::max<int64_t>(1, rows(pixels) * columns(pixels));
    const int64_t step = std::max<int64_t>(1, patchesPerGroup / patches);
    if (views <= step) return runGroup(pixels, positions, valid, pass);

    GroupRecorder recorder(pass.recorder);
    std::vector<Tensor> parts;
    for (int64_t first = 0; first < views; first += step) {
        const int64_t count = std::min(step, views - first);
        const auto share = [&](int64_t done) { return static_cast<double>(done) / static_cast<double>(views); };
        nn::Pass part = pass.part(share(first), share(first + count));
        if (part.recorder) part.recorder = &recorder;
        parts.push_back(runGroup(pixels.narrow(0, first, count),
                                 positions.size(0) == 1 ? positions : positions.narrow(0, first, count),
                                 valid.defined() ? valid.narrow(0, first, count) : valid, part));
    }
    recorder.finish();
    return at::cat(parts);
}

Tensor Siglip::runGroup(const Tensor& pixels, const Tensor& positions, const Tensor& valid,
                        const nn::Pass& pass) const {
    Tensor x = m_patch(pixels).flatten(2).mT() + positions;  // [views, patches, width]
    pass.record("tower/siglip/embed", x);
    const Tensor mask = valid.defined() ? valid.unsqueeze(1).unsqueeze(1) : Tensor();
    for (size_t i = 0; i < m_layers.size(); ++i) {
        pass.checkpoint();
        x = m_layers[i](x, mask);
        if (pass.recorder) pass.record("tower/siglip/layer" + std::to_string(i), x);
        pass.report(static_cast<double>(i + 1) / static_cast<double>(m_layers.size()));
    }
    if (!m_hasPostNorm) return x;
    x = m_postNorm(x);
    pass.record("tower/siglip/norm", x);
    return x;
}

int64_t Siglip::widestLayer(int64_t views, int64_t patches) const {
    const int64_t together = std::min(views, std::max<int64_t>(1, patchesPerGroup / patches));
    return together * patches * (2 * m_config.width + 2 * std::max(m_config.inner, 2 * m_config.width));
}

SiglipHead::SiglipHead(const nn::Weights& weights, const SiglipConfig& config)
    : m_heads(config.heads),
      m_probe(weights.tensor("probe", {1, 1, config.width})),
      m_output(weights / "attention" / "out_proj", config.width, config.width, true),
      m_norm(weights / "layernorm", config.width, config.epsilon),
      m_fc1(weights / "mlp" / "fc1", config.width, config.inner, true),
      m_fc2(weights / "mlp" / "fc2", config.inner, config.width, true) {
    const int64_t width = config.width;
    const nn::Weights attention = weights / "attention";
    const Tensor weight = attention.tensor("in_proj_weight", {3 * width, width});
    const Tensor bias = attention.tensor("in_proj_bias", {3 * width});
    m_query = nn::Linear(weight.narrow(0, 0, width), bias.narrow(0, 0, width));
    m_keysValues = nn::Linear(weight.narrow(0, width, 2 * width), bias.narrow(0, width, 2 * width));
}

Tensor SiglipHead::operator()(const Tensor& tokens) const {
    const int64_t width = tokens.size(2);
    const Tensor query = nn::splitHeads(m_query(m_probe.to(tokens.scalar_type())), m_heads)
                             .expand({tokens.size(0), m_heads, 1, width / m_heads});
    const auto both = m_keysValues(tokens).chunk(2, -1);
    const auto heads = [this](const Tensor& x) { return nn::splitHeads(x, m_heads); };
    Tensor x = m_output(nn::joinHeads(
        nn::attention(query, heads(both[0]), heads(both[1]), {}, attentionScale(width, m_heads))));
    x = x + feedForward(m_fc1, m_fc2, m_norm(x));
    return x.select(1, 0);
}

}  // namespace fusionscope::vision
