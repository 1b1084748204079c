#include "core/train/chat_stage.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <iterator>

#include "core/models/stored_options.h"
#include "core/train/low_rank.h"
#include "core/train/tower_stage.h"
#include "core/train/weights.h"

namespace fusionscope::train {

namespace {

constexpr std::size_t batchesAhead = 3;
// What a cell is not asked about.
constexpr int64_t nothing = -100;
// Lessons are drawn anew at each visit; the first numbers of the seed are others' (see SampleMaker).
constexpr uint64_t lessonSeed = 1000;

bool isTrained(std::string_view name, const Recipe& recipe) {
    if (!isLearnt(name)) return false;
    // Florence-2's decoder says nothing in a conversation.
    if (name.starts_with(models::FlorenceVl::towerPrefix))
        return recipe.trainsTower && name.find("language_model.model.decoder.") == std::string_view::npos;
    return recipe.lowRank == 0 || isLowRank(name) || name.starts_with("model.mm_projector.");
}

/// The first token of a word inside a sentence.
int64_t firstToken(const text::Tokenizer& tokenizer, std::string_view word) {
    const auto ids = tokenizer.encode(concat(' ', word), {false, false});
    return ids.empty() ? nothing : ids.front();
}

Tensor meanOfNamed(const Tensor& logits, const Tensor& wanted) {
    const Tensor losses = at::cross_entropy_loss(logits, wanted, {}, at::Reduction::Sum, nothing);
    return losses / wanted.ne(nothing).sum().clamp_min(1);
}

}  // namespace

ChatStage::ChatStage(const Recipe& recipe, const Tensors& all, const models::FlorenceVlConfig& config, const files::ModelFolder& folder,
                     const text::ChatTemplate& chat, const Album& album, const Album& exam, const text::Tokenizer& tokenizer, c10::ScalarType compute)
    : m_recipe(recipe),
      m_album(album),
      m_exam(exam),
      m_tokenizer(tokenizer),
      m_chat(chat),
      m_model(std::make_unique<models::FlorenceVl>(asPlace(all), config)),
      m_encoding(models::storedEncodeOptions(folder, m_model->defaultOptions())),
      m_compute(compute),
      m_fresh(recipe.trainsTower ? recipe.batch : recipe.batch / recipe.visits) {
    Tensors whole = all;
    if (recipe.lowRank > 0) {
        whole.merge(lowRankPairs(config.decoder, recipe.lowRank, recipe.seed, all.begin()->second.device()));
        std::copy_if(whole.begin(), whole.end(), std::inserter(m_lowRank, m_lowRank.end()),
                     [](const auto& item) { return !item.first.starts_with("model.vision_tower.") && !item.first.starts_with("model.mm_projector."); });
    }
    for (const auto& [name, weight] : whole)
        if (isTrained(name, recipe)) m_weights.emplace(name, weight).first->second.set_requires_grad(true);
    m_colourTokens.push_back(nothing);
    for (const world::Colour colour : world::colours) m_colourTokens.push_back(firstToken(tokenizer, world::nameOf(colour)));
}

void ChatStage::startAt(int64_t picture) {
    m_feed.reset();
    m_known.clear();
    const int64_t step = picture / m_recipe.batch;
    // The pictures that would be remembered by now, in the same portions, so that going on equals never having stopped.
    const int64_t remembered = m_recipe.trainsTower ? 0 : std::min(step, (m_recipe.pool - 1) / m_fresh + 1);
    const auto first = static_cast<uint64_t>((step - remembered) * m_fresh);
    const auto make = [this, first](uint64_t number) {
        std::vector<Shown> shown;
        for (uint64_t i = 0; i < static_cast<uint64_t>(m_fresh); ++i)
            shown.push_back(m_album.show(first + number * static_cast<uint64_t>(m_fresh) + i));
        return shown;
    };
    m_feed = std::make_unique<Feed<std::vector<Shown>>>(make, 0, batchesAhead);
    for (int64_t i = 0; i < remembered; ++i) learnAbout(m_feed->next());
}

Tensor ChatStage::fusedFeatures(const std::vector<Shown>& pictures) const {
    std::vector<const std::vector<uint8_t>*> pixels;
    for (const Shown& shown : pictures) pixels.push_back(&shown.pixels);
    const Tensor input = asPixels(pixels, m_model->config().imageSide, m_compute, m_weights.begin()->second.device());
    return fusion::fuse(m_model->features(input, m_encoding, {}), m_encoding.fusion);
}

void ChatStage::learnAbout(std::vector<Shown> pictures) {
    const at::NoGradGuard still;
    const Tensor fused = fusedFeatures(pictures).to(c10::kBFloat16);
    for (std::size_t i = 0; i < pictures.size(); ++i)
        m_known.push_back({std::move(pictures[i].subject), fused[static_cast<int64_t>(i)].clone()});
    while (static_cast<int64_t>(m_known.size()) > m_recipe.pool) m_known.pop_front();
}

StepLosses ChatStage::losses(int64_t seen) {
    Subjects subjects;
    auto shown = m_feed->next();
    if (m_recipe.trainsTower) {
        for (const Shown& one : shown) subjects.push_back(one.subject.get());
        return answerLosses(fusedFeatures(shown), subjects, seen);
    }
    learnAbout(std::move(shown));
    std::vector<Tensor> fused;
    world::Random random(world::mixed(m_recipe.seed, static_cast<uint64_t>(seen)));
    for (int64_t i = 0; i < m_recipe.batch; ++i) {
        const Known& known = m_known[static_cast<std::size_t>(random.below(static_cast<int>(m_known.size())))];
        subjects.push_back(known.subject.get());
        fused.push_back(known.fused);
    }
    return answerLosses(at::stack(fused).to(m_compute), subjects, seen);
}

double ChatStage::examine(int64_t pictures) {
    const at::NoGradGuard still;
    double sum = 0;
    const int64_t batches = (pictures + m_recipe.batch - 1) / m_recipe.batch;
    for (int64_t i = 0; i < batches; ++i) {
        std::vector<Shown> shown;
        Subjects subjects;
        for (int64_t k = 0; k < m_recipe.batch; ++k) shown.push_back(m_exam.show(static_cast<uint64_t>(i * m_recipe.batch + k)));
        for (const Shown& one : shown) subjects.push_back(one.subject.get());
        sum += answerLosses(fusedFeatures(shown), subjects, i * m_recipe.batch).loss.item<double>();
    }
    return sum / static_cast<double>(batches);
}

std::shared_ptr<const language::Decoder> ChatStage::decoder() const {
    if (m_lowRank.empty()) return {std::shared_ptr<void>(), &m_model->decoder()};
    Tensors merged = m_lowRank;
    mergeLowRank(merged);
    return std::make_shared<language::Decoder>(asPlace(merged), m_model->config().decoder);
}

Tensor ChatStage::cellLoss(const language::Decoder& decoder, const Tensor& projected, const Subjects& subjects) const {
    const int64_t side = m_model->config().tower.davit.gridSide(m_model->config().imageSide);
    std::vector<int64_t> nouns, colours;
    const auto cells = static_cast<std::size_t>(side * side);
    const CellLabels unknown{{}, std::vector<int64_t>(cells), std::vector<std::string>(cells)};
    for (const Subject* subject : subjects) {
        const auto labels = subject->cells(side).value_or(unknown);
        for (const auto& word : labels.words) nouns.push_back(word.empty() ? nothing : firstToken(m_tokenizer, word));
        for (const int64_t colour : labels.colours) colours.push_back(m_colourTokens[static_cast<std::size_t>(colour)]);
    }
    // Only cells that show something are looked at.
    std::vector<int64_t> places;
    for (std::size_t i = 0; i < nouns.size(); ++i)
        if (nouns[i] != nothing) places.push_back(static_cast<int64_t>(i));
    if (places.empty()) return {};
    const auto device = projected.device();
    const Tensor chosen = at::tensor(places, c10::kLong).to(device);
    // Without a pooled token in front; where blocks follow one another, the first one's.
    const auto count = static_cast<int64_t>(cells);
    const Tensor grid = projected.narrow(1, projected.size(1) % count, count);
    const Tensor logits = decoder.lens(grid.flatten(0, 1).index_select(0, chosen));
    const auto wanted = [&](const std::vector<int64_t>& tokens) { return at::tensor(tokens, c10::kLong).to(device).index_select(0, chosen); };
    return 0.5 * (meanOfNamed(logits, wanted(nouns)) + meanOfNamed(logits, wanted(colours)));
}

StepLosses ChatStage::answerLosses(const Tensor& fused, const Subjects& subjects, int64_t seen) const {
    const Tensor projected = m_model->projector()(fused);  // [pictures, tokens, hidden]
    const int64_t tokens = projected.size(1), count = projected.size(0);
    std::vector<Tensor> rows;
    std::vector<std::vector<int64_t>> before;  // of each row: places whose next token is learnt
    std::vector<int64_t> answers;
    for (int64_t i = 0; i < count; ++i) {
        const auto exchanges = subjects[static_cast<std::size_t>(i)]->exchanges(lessonSeed + static_cast<uint64_t>(seen + i));
        const Lesson lesson = asLesson(exchanges, m_chat, m_tokenizer, m_recipe.longestLesson);
        rows.push_back(m_model->splice(lesson.ids, {projected[i]})[0].to(m_compute));
        before.emplace_back();
        for (const int64_t place : lesson.learnt) {
            // The picture's one place became as many as it has tokens.
            if (place + tokens - 1 >= rows.back().size(0)) break;
            before.back().push_back(place + tokens - 2);
            answers.push_back(lesson.ids[static_cast<std::size_t>(place)]);
        }
    }
    int64_t longest = 0;
    for (const Tensor& row : rows) longest = std::max(longest, row.size(0));
    std::vector<int64_t> places;
    for (int64_t i = 0; i < count; ++i) {
        auto& row = rows[static_cast<std::size_t>(i)];
        row = at::constant_pad_nd(row, {0, 0, 0, longest - row.size(0)});
        for (const int64_t place : before[static_cast<std::size_t>(i)]) places.push_back(i * longest + place);
    }
    // What stands behind a row's end is never looked at: the causal rule sees to that.
    const auto speaking = decoder();
    const Tensor hidden = speaking->hidden(at::stack(rows), {}, {});
    const auto device = hidden.device();
    const Tensor logits = speaking->logits(hidden.flatten(0, 1).index_select(0, at::tensor(places, c10::kLong).to(device)));
    const Tensor wanted = at::tensor(answers, c10::kLong).to(device);
    const Tensor answer = at::cross_entropy_loss(logits, wanted);
    const Tensor cell = m_recipe.cellWeight > 0 ? cellLoss(*speaking, projected, subjects) : Tensor();
    return {cell.defined() ? answer + m_recipe.cellWeight * cell : answer,
            {{"answer", answer.item<double>()},
             {"cell", cell.defined() ? cell.item<double>() : 0.0},
             {"answers_right", logits.detach().argmax(-1).eq(wanted).to(c10::kFloat).mean().item<double>()}}};
}

}  // namespace fusionscope::train
