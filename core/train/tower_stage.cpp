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
// Of the texts, those that are decoded apart as the shorter ones.
constexpr double shortShare = 0.6;

Tensors towerWeights(const Tensors& all) {
    Tensors tower;
    for (const auto& [name, tensor] : all)
        if (name.starts_with(models::FlorenceVl::towerPrefix)) tower.emplace(name, tensor);
    return tower;
}

GridTargets gridTargets(const std::vector<Sample>& samples, int64_t cells) {
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
    return targets;
}

}  // namespace

Tensor asBytes(const std::vector<const std::vector<uint8_t>*>& pictures, int64_t side) {
    const auto count = static_cast<int64_t>(pictures.size());
    Tensor bytes = at::empty({count, side, side, 3}, at::TensorOptions().dtype(c10::kByte));
    for (int64_t i = 0; i < count; ++i) {
        const auto& picture = *pictures[static_cast<std::size_t>(i)];
        std::memcpy(bytes.data_ptr<uint8_t>() + i * side * side * 3, picture.data(), picture.size());
    }
    return bytes;
}

Tensor asPixels(const Tensor& bytes, c10::ScalarType type) {
    const auto options = bytes.options().dtype(c10::kFloat);
    // Made where the pictures are: nobody waits for three numbers.
    const auto channels = [&](double red, double green, double blue) {
        return at::stack({at::full({}, red, options), at::full({}, green, options), at::full({}, blue, options)});
    };
    const Tensor mean = channels(0.485, 0.456, 0.406), deviation = channels(0.229, 0.224, 0.225);
    return ((bytes.to(c10::kFloat) / 255 - mean) / deviation).to(type).permute({0, 3, 1, 2});
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
      m_compute(compute),
      m_device(m_weights.begin()->second.device()) {
    const int64_t width = config.tower.davit.outputWidth(), nouns = nounClasses(materials.nouns);
    const auto letters = static_cast<int64_t>(alphabet.size());
    m_weights.merge(GridHeads::make(width, nouns, colourClasses, letters, m_device));
    const auto place = asPlace(m_weights);
    m_model = std::make_unique<models::Florence2>(place / "model" / "vision_tower" / "vision_tower", config.tower);
    m_heads = std::make_unique<GridHeads>(place, width, nouns, colourClasses, letters);
    std::erase_if(m_weights, [](const auto& item) { return !isLearnt(item.first); });
    for (auto& [name, weight] : m_weights) weight.set_requires_grad(true);
}

std::vector<std::string> TowerStage::partNames() const { return {"noun", "colour", "letter", "nouns_right", "text", "box"}; }

void TowerStage::startAt(int64_t picture) {
    const auto make = [this, picture](uint64_t number) {
        return batchOf(world::Split::Train, static_cast<uint64_t>(picture) + number * static_cast<uint64_t>(m_recipe.batch));
    };
    m_feed.reset();
    m_feed = std::make_unique<Feed<Batch>>(make, batchesAhead, feedThreads(m_device));
}

TowerStage::Batch TowerStage::batchOf(world::Split split, uint64_t first) const {
    std::vector<Sample> samples;
    for (uint64_t index = first; samples.size() < static_cast<std::size_t>(m_recipe.batch); ++index) {
        const bool tasks = split == world::Split::Test || static_cast<int64_t>(index) >= m_recipe.tasksFrom;
        samples.push_back(m_maker.make(trainingScene(m_materials, split, m_recipe.seed, index, m_recipe.families), tasks));
    }
    std::vector<const std::vector<uint8_t>*> pictures;
    for (const Sample& sample : samples) pictures.push_back(&sample.pixels);
    const auto cells = gridTargets(samples, m_cells);
    Batch batch{readyFor(m_device, asBytes(pictures, m_side)),
                {readyFor(m_device, cells.nouns), readyFor(m_device, cells.colours), readyFor(m_device, cells.letters)}, {}};
    if (std::any_of(samples.begin(), samples.end(), [](const Sample& sample) { return !sample.tasks.empty(); })) batch.texts = textsOf(samples);
    return batch;
}

TowerStage::Texts TowerStage::textsOf(const std::vector<Sample>& samples) const {
    std::vector<std::pair<const TextTask*, int64_t>> order;
    for (std::size_t i = 0; i < samples.size(); ++i)
        for (const TextTask& task : samples[i].tasks) order.emplace_back(&task, static_cast<int64_t>(i));
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first->target.size() < b.first->target.size(); });

    std::vector<std::vector<int64_t>> prompts;
    std::vector<int64_t> lengths, pictures;
    for (const auto& [task, picture] : order) {
        prompts.push_back(task->prompt);
        lengths.push_back(static_cast<int64_t>(task->prompt.size()));
        pictures.push_back(picture);
    }
    const auto ready = [this](const Tensor& tensor) { return readyFor(m_device, tensor); };
    Texts texts{ready(models::padRows(prompts, m_pad, c10::kCPU)), ready(at::tensor(lengths, c10::kLong)), ready(at::tensor(pictures, c10::kLong)), {}, {}};
    std::vector<Tensor> wanted;
    const auto count = static_cast<int64_t>(order.size()), cut = static_cast<int64_t>(shortShare * static_cast<double>(count));
    for (const auto& [from, to] : {std::pair<int64_t, int64_t>{0, cut}, {cut, count}}) {
        if (from == to) continue;
        std::vector<std::vector<int64_t>> targets;
        for (int64_t i = from; i < to; ++i) targets.push_back(order[static_cast<std::size_t>(i)].first->target);
        const Tensor rows = models::padRows(targets, m_pad, c10::kCPU), next = rows.narrow(1, 1, rows.size(1) - 1);
        // The first word is forced to be the start; padding is nobody's business.
        Tensor asked = next.ne(m_pad);
        asked.select(1, 0).zero_();
        const Tensor places = asked.flatten().nonzero().squeeze(1);
        wanted.push_back(next.flatten().index_select(0, places));
        texts.parts.push_back({from, to - from, ready(rows), ready(places)});
    }
    texts.answers = ready(at::cat(wanted));
    return texts;
}

StepLosses TowerStage::losses(int64_t seen, double done) { return lossesOf(m_feed->next(), m_recipe.gridWeight(seen, done)); }

double TowerStage::examine(int64_t pictures) {
    const at::NoGradGuard still;
    const int64_t batches = (pictures + m_recipe.batch - 1) / m_recipe.batch;
    while (static_cast<int64_t>(m_exam.size()) < batches)
        m_exam.push_back(batchOf(world::Split::Test, m_exam.size() * static_cast<uint64_t>(m_recipe.batch)));
    double sum = 0;
    for (int64_t i = 0; i < batches; ++i) sum += lossesOf(m_exam[static_cast<std::size_t>(i)], m_recipe.gridFirst).loss.item<double>();
    return sum / static_cast<double>(batches);
}

StepLosses TowerStage::lossesOf(const Batch& batch, double gridWeight) const {
    const auto grid = m_model->tower().davit()(asPixels(onto(m_device, batch.pictures), m_compute), {});
    const auto cells = m_heads->losses(
        grid.tokens, {onto(m_device, batch.cells.nouns), onto(m_device, batch.cells.colours), onto(m_device, batch.cells.letters)});
    Tensor loss = cells.total() * gridWeight, text = at::zeros({}, loss.options()), boxes = text;
    if (batch.texts) loss = loss + textLoss(*batch.texts, grid, text, boxes);
    return {loss, {cells.noun.detach(), cells.colour.detach(), cells.letter.detach(), cells.nounsRight, text, boxes}};
}

Tensor TowerStage::textLoss(const Texts& texts, const vision::TokenGrid& grid, Tensor& text, Tensor& boxes) const {
    const auto& tower = m_model->tower();
    const Tensor image = tower.projection()(grid);  // [pictures, 1 + cells, width]
    const Tensor words = nn::embedding(tower.embedding(), onto(m_device, texts.prompts)).to(image.scalar_type());
    const Tensor input = at::cat({image.index_select(0, onto(m_device, texts.pictures)), words}, 1);
    const Tensor lengths = onto(m_device, texts.lengths) + image.size(1);
    const Tensor mask = at::arange(input.size(1), lengths.options()).unsqueeze(0) < lengths.unsqueeze(1);
    const Tensor encoded = tower.encoder()(input, mask, {});

    std::vector<Tensor> hidden;
    for (const auto& [first, count, targets, places] : texts.parts) {
        const Tensor rows = onto(m_device, targets);
        const Tensor states = m_model->decoder()(rows.narrow(1, 0, rows.size(1) - 1), encoded.narrow(0, first, count), mask.narrow(0, first, count), {});
        hidden.push_back(states.flatten(0, 1).index_select(0, onto(m_device, places)));
    }
    const Tensor answers = onto(m_device, texts.answers);
    const Tensor losses = at::cross_entropy_loss(m_model->decoder().logits(at::cat(hidden)).to(c10::kFloat), answers, {}, at::Reduction::None);
    const Tensor isBox = answers.ge(m_firstLocation) & answers.lt(m_firstLocation + 1000), plain = losses.detach();
    const auto meanWhere = [&](const Tensor& where) { return (plain * where).sum() / where.sum().clamp_min(1); };
    boxes = meanWhere(isBox);
    text = meanWhere(isBox.logical_not());
    return losses.mean();
}

}  // namespace fusionscope::train
