#include "core/train/tower_stage.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "core/train/weights.h"

namespace fusionscope::train {

namespace {

// Batches that are painted ahead of their use.
constexpr std::size_t batchesAhead = 3;
// The shorter part of the texts is decoded apart from the longer one: less padding.
constexpr double shortShare = 0.6;

Tensors towerWeights(const Tensors& all) {
    Tensors tower;
    for (const auto& [name, tensor] : all)
        if (name.starts_with(models::FlorenceVl::towerPrefix)) tower.emplace(name, tensor);
    return tower;
}

GridTargets gridTargets(const std::vector<Sample>& samples, int64_t cells, c10::Device device) {
    const auto count = static_cast<int64_t>(samples.size()), letters = static_cast<int64_t>(alphabet.size());
    const auto whole = at::TensorOptions().dtype(c10::kLong);
    GridTargets targets{at::empty({count, cells * cells}, whole), at::empty({count, cells * cells}, whole),
                        at::zeros({count, cells, 2, cells, 2, letters}, at::TensorOptions().dtype(c10::kFloat))};
    for (int64_t i = 0; i < count; ++i) {
        const Sample& sample = samples[static_cast<std::size_t>(i)];
        std::copy(sample.cells.nouns.begin(), sample.cells.nouns.end(), targets.nouns.data_ptr<int64_t>() + i * cells * cells);
        std::copy(sample.cells.colours.begin(), sample.cells.colours.end(), targets.colours.data_ptr<int64_t>() + i * cells * cells);
        float* places = targets.letters.data_ptr<float>() + i * 4 * cells * cells * letters;
        for (const int64_t place : sample.letters) places[place] = 1;
    }
    return {targets.nouns.to(device), targets.colours.to(device), targets.letters.to(device)};
}

/// Texts of all pictures of a batch, shortest first.
struct TextBatch {
    std::vector<const TextTask*> tasks;
    std::vector<int64_t> pictures;
};

TextBatch textsOf(const std::vector<Sample>& samples) {
    std::vector<std::pair<const TextTask*, int64_t>> order;
    for (std::size_t i = 0; i < samples.size(); ++i)
        for (const TextTask& task : samples[i].tasks) order.emplace_back(&task, static_cast<int64_t>(i));
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first->target.size() < b.first->target.size(); });
    TextBatch batch;
    for (const auto& [task, picture] : order) {
        batch.tasks.push_back(task);
        batch.pictures.push_back(picture);
    }
    return batch;
}

}  // namespace

Tensor asPixels(const std::vector<const std::vector<uint8_t>*>& pictures, int64_t side, c10::ScalarType type, c10::Device device) {
    const auto count = static_cast<int64_t>(pictures.size());
    Tensor bytes = at::empty({count, side, side, 3}, at::TensorOptions().dtype(c10::kByte));
    for (int64_t i = 0; i < count; ++i) {
        const auto& picture = *pictures[static_cast<std::size_t>(i)];
        std::memcpy(bytes.data_ptr<uint8_t>() + i * side * side * 3, picture.data(), picture.size());
    }
    const Tensor mean = at::tensor({0.485F, 0.456F, 0.406F}).to(device), deviation = at::tensor({0.229F, 0.224F, 0.225F}).to(device);
    return ((bytes.to(device).to(c10::kFloat) / 255 - mean) / deviation).to(type).permute({0, 3, 1, 2});
}

TowerStage::TowerStage(const Recipe& recipe, const Tensors& all, const models::FlorenceVlConfig& config, const world::Materials& materials,
                       const image::Processor& processor, const text::Tokenizer& tokenizer, c10::ScalarType compute)
    : m_recipe(recipe),
      m_materials(materials),
      m_weights(towerWeights(all)),
      m_maker(materials, processor, tokenizer, config.prompts, config.tower.davit.gridSide(config.imageSide),
              std::min(recipe.longestText, config.tower.text.decoderPositions - language::BartConfig::positionOffset)),
      m_side(config.imageSide),
      m_cells(config.tower.davit.gridSide(config.imageSide)),
      m_pad(*tokenizer.id("<pad>")),
      m_firstLocation(*tokenizer.id("<loc_0>")),
      m_compute(compute) {
    const auto device = m_weights.begin()->second.device();
    const int64_t width = config.tower.davit.outputWidth(), nouns = nounClasses(materials.nouns);
    const auto letters = static_cast<int64_t>(alphabet.size());
    m_weights.merge(GridHeads::make(width, nouns, colourClasses, letters, device));
    const auto place = asPlace(m_weights);
    m_model = std::make_unique<models::Florence2>(place / "model" / "vision_tower" / "vision_tower", config.tower);
    m_heads = std::make_unique<GridHeads>(place, width, nouns, colourClasses, letters);
    std::erase_if(m_weights, [](const auto& item) { return !isLearnt(item.first); });
    for (auto& [name, weight] : m_weights) weight.set_requires_grad(true);
}

std::vector<std::string> TowerStage::partNames() const { return {"noun", "colour", "letter", "nouns_right", "text", "box"}; }

void TowerStage::startAt(int64_t picture) {
    const auto batch = static_cast<uint64_t>(m_recipe.batch), first = static_cast<uint64_t>(picture);
    const auto make = [this, batch, first](uint64_t number) {
        std::vector<Sample> samples;
        for (uint64_t index = first + number * batch; samples.size() < batch; ++index)
            samples.push_back(sampleOf(world::Split::Train, index, static_cast<int64_t>(index) >= m_recipe.tasksFrom));
        return samples;
    };
    m_feed.reset();
    m_feed = std::make_unique<Feed<std::vector<Sample>>>(make, 0, batchesAhead);
}

Sample TowerStage::sampleOf(world::Split split, uint64_t index, bool tasks) const {
    return m_maker.make(trainingScene(m_materials, split, m_recipe.seed, index, m_recipe.families), tasks);
}

StepLosses TowerStage::losses(int64_t seen) { return lossesOf(m_feed->next(), m_recipe.gridWeight(seen)); }

double TowerStage::examine(int64_t pictures) {
    const at::NoGradGuard still;
    double sum = 0;
    const int64_t batches = (pictures + m_recipe.batch - 1) / m_recipe.batch;
    for (int64_t i = 0; i < batches; ++i) {
        std::vector<Sample> samples;
        for (int64_t k = 0; k < m_recipe.batch; ++k) samples.push_back(sampleOf(world::Split::Test, static_cast<uint64_t>(i * m_recipe.batch + k), true));
        sum += lossesOf(samples, m_recipe.gridFirst).loss.item<double>();
    }
    return sum / static_cast<double>(batches);
}

StepLosses TowerStage::lossesOf(const std::vector<Sample>& samples, double gridWeight) const {
    std::vector<const std::vector<uint8_t>*> pictures;
    for (const Sample& sample : samples) pictures.push_back(&sample.pixels);
    const auto device = m_weights.begin()->second.device();
    const auto grid = m_model->tower().davit()(asPixels(pictures, m_side, m_compute, device), {});
    const auto cells = m_heads->losses(grid.tokens, gridTargets(samples, m_cells, device));
    double text = 0, boxes = 0;
    Tensor loss = cells.total() * gridWeight;
    if (const Tensor told = textLoss(samples, grid, text, boxes); told.defined()) loss = loss + told;
    return {loss,
            {{"noun", cells.noun.item<double>()},
             {"colour", cells.colour.item<double>()},
             {"letter", cells.letter.item<double>()},
             {"nouns_right", cells.nounsRight.item<double>()},
             {"text", text},
             {"box", boxes}}};
}

Tensor TowerStage::textLoss(const std::vector<Sample>& samples, const vision::TokenGrid& grid, double& text, double& boxes) const {
    const TextBatch batch = textsOf(samples);
    if (batch.tasks.empty()) return {};
    const auto& tower = m_model->tower();
    const auto device = grid.tokens.device();
    const Tensor image = tower.projection()(grid);  // [pictures, 1 + cells, width]

    std::vector<std::vector<int64_t>> prompts;
    std::vector<int64_t> lengths;
    for (const TextTask* task : batch.tasks) {
        prompts.push_back(task->prompt);
        lengths.push_back(image.size(1) + static_cast<int64_t>(task->prompt.size()));
    }
    const Tensor ids = models::padRows(prompts, m_pad, device);
    const Tensor words = nn::embedding(tower.embedding(), ids).to(image.scalar_type());
    const Tensor which = at::tensor(batch.pictures, c10::kLong).to(device);
    const Tensor input = at::cat({image.index_select(0, which), words}, 1);
    const Tensor mask = at::arange(input.size(1), which.options()).unsqueeze(0) < at::tensor(lengths, c10::kLong).to(device).unsqueeze(1);
    const Tensor encoded = tower.encoder()(input, mask, {});

    std::vector<Tensor> hidden, wanted;
    const auto count = static_cast<int64_t>(batch.tasks.size()), cut = static_cast<int64_t>(shortShare * static_cast<double>(count));
    for (const auto& [from, to] : {std::pair<int64_t, int64_t>{0, cut}, {cut, count}}) {
        if (from == to) continue;
        std::vector<std::vector<int64_t>> targets;
        for (int64_t i = from; i < to; ++i) targets.push_back(batch.tasks[static_cast<std::size_t>(i)]->target);
        const Tensor rows = models::padRows(targets, m_pad, device);
        const Tensor states = m_model->decoder()(rows.narrow(1, 0, rows.size(1) - 1), encoded.narrow(0, from, to - from),
                                                 mask.narrow(0, from, to - from), {});
        // The first word is forced to be the start; padding is nobody's business.
        Tensor asked = rows.narrow(1, 1, rows.size(1) - 1).ne(m_pad);
        asked.select(1, 0).zero_();
        const Tensor places = asked.flatten().nonzero().squeeze(1);
        hidden.push_back(states.flatten(0, 1).index_select(0, places));
        wanted.push_back(rows.narrow(1, 1, rows.size(1) - 1).flatten().index_select(0, places));
    }
    const Tensor answers = at::cat(wanted);
    const Tensor losses = at::cross_entropy_loss(m_model->decoder().logits(at::cat(hidden)).to(c10::kFloat), answers, {}, at::Reduction::None);
    const Tensor isBox = answers.ge(m_firstLocation) & answers.lt(m_firstLocation + 1000), plain = losses.detach();
    const auto meanWhere = [&](const Tensor& where) {
        return (plain * where).sum().item<double>() / std::max<double>(1, where.sum().item<double>());
    };
    boxes = meanWhere(isBox);
    text = meanWhere(isBox.logical_not());
    return losses.mean();
}

}  // namespace fusionscope::train
