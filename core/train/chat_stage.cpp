#include "core/train/chat_stage.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "core/files/error.h"
#include "core/models/stored_options.h"
#include "core/train/low_rank.h"
#include "core/train/tower_stage.h"
#include "core/train/weights.h"

namespace fusionscope::train {

namespace {

constexpr std::size_t batchesAhead = 3;
// Conversations differ in length by six times: padded to a batch's longest, half of what is computed would be padding.
constexpr std::size_t lengthGroups = 4;
// What a cell is not asked about.
constexpr int64_t nothing = -100;
// Lessons are drawn anew at each visit; the first numbers of the seed are others' (see SampleMaker).
constexpr uint64_t lessonSeed = 1000;

bool isTrained(std::string_view name, const Recipe& recipe) {
    if (!isLearnt(name)) return false;
    // Florence-2's decoder says nothing in a conversation.
    if (name.starts_with(models::FlorenceVl::towerPrefix))
        return recipe.trainsTower && name.find("language_model.model.decoder.") == std::string_view::npos;
    return recipe.lowRank == 0 || isLowRank(name) || name.starts_with(projectorPlace);
}

/// The first token of a word inside a sentence.
int64_t firstToken(const text::Tokenizer& tokenizer, std::string_view word) {
    const auto ids = tokenizer.encode(concat(' ', word), {false, false});
    return ids.empty() ? nothing : ids.front();
}

/// The numbers on the device, which is not waited for.
Tensor there(c10::Device device, const std::vector<int64_t>& numbers) {
    return onto(device, readyFor(device, at::tensor(numbers, c10::kLong)));
}
Tensor there(c10::Device device, const std::vector<double>& numbers) {
    return onto(device, readyFor(device, at::tensor(numbers, c10::kFloat)));
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
      m_device(all.begin()->second.device()),
      m_fresh(recipe.trainsTower ? recipe.batch : recipe.batch / recipe.visits) {
    Tensors whole = all;
    if (recipe.lowRank > 0) {
        whole.merge(lowRankPairs(config.decoder, recipe.lowRank, recipe.seed, m_device));
        std::copy_if(whole.begin(), whole.end(), std::inserter(m_lowRank, m_lowRank.end()), [](const auto& item) {
            return !item.first.starts_with("model.vision_tower.") && !item.first.starts_with(projectorPlace);
        });
    }
    for (const auto& [name, weight] : whole)
        if (isTrained(name, recipe)) m_weights.emplace(name, weight).first->second.set_requires_grad(true);
    m_colourTokens.push_back(nothing);
    for (const world::Colour colour : world::colours) m_colourTokens.push_back(firstToken(tokenizer, world::nameOf(colour)));
}

void ChatStage::startAt(int64_t picture) {
    m_next.reset();
    m_feed.reset();
    m_known.clear();
    const int64_t step = picture / m_recipe.batch;
    // The pictures that would be remembered by now, in the same portions, so that going on equals never having stopped.
    const int64_t remembered = m_recipe.trainsTower ? 0 : std::min(step, (m_recipe.pool - 1) / m_fresh + 1);
    const auto make = [this, first = (step - remembered) * m_fresh](uint64_t number) {
        return portionOf(m_album, static_cast<uint64_t>(first) + number * static_cast<uint64_t>(m_fresh), m_fresh);
    };
    m_feed = std::make_unique<Feed<Portion>>(make, batchesAhead, feedThreads(m_device));
    for (int64_t i = 0; i < remembered; ++i) learnAbout(m_feed->next());
}

ChatStage::Portion ChatStage::portionOf(const Album& album, uint64_t first, int64_t count) const {
    std::vector<Shown> shown;
    for (uint64_t i = 0; i < static_cast<uint64_t>(count); ++i) shown.push_back(album.show(first + i));
    Portion portion;
    std::vector<const std::vector<uint8_t>*> pixels;
    for (const Shown& one : shown) {
        portion.subjects.push_back(one.subject);
        pixels.push_back(&one.pixels);
    }
    portion.pictures = readyFor(m_device, asBytes(pixels, m_model->config().imageSide));
    return portion;
}

Tensor ChatStage::fusedFeatures(const Tensor& pictures) const {
    return fusion::fuse(m_model->features(asPixels(onto(m_device, pictures), m_compute), m_encoding, {}), m_encoding.fusion);
}

void ChatStage::learnAbout(const Portion& portion) {
    const at::NoGradGuard still;
    const Tensor fused = fusedFeatures(portion.pictures).to(c10::kBFloat16);
    for (std::size_t i = 0; i < portion.subjects.size(); ++i) m_known.push_back({portion.subjects[i], fused[static_cast<int64_t>(i)]});
    while (static_cast<int64_t>(m_known.size()) > m_recipe.pool) m_known.pop_front();
}

ChatStage::Lessons ChatStage::lessonsFor(int64_t seen) {
    Portion portion = m_feed->next();
    if (m_recipe.trainsTower) return {portion.pictures, {}, rowsOf(portion.subjects, seen)};
    learnAbout(portion);
    Lessons lessons;
    Subjects subjects;
    world::Random random(world::mixed(m_recipe.seed, static_cast<uint64_t>(seen)));
    for (int64_t i = 0; i < m_recipe.batch; ++i) {
        const Known& known = m_known[static_cast<std::size_t>(random.below(static_cast<int>(m_known.size())))];
        subjects.push_back(known.subject);
        lessons.fused.push_back(known.fused);
    }
    lessons.rows = rowsOf(subjects, seen);
    return lessons;
}

StepLosses ChatStage::losses(int64_t seen, double /*done*/) {
    Lessons lessons = m_next ? std::move(*m_next) : lessonsFor(seen);
    m_next = lessonsFor(seen + m_recipe.batch);
    const Tensor fused = m_recipe.trainsTower ? fusedFeatures(lessons.pictures) : at::stack(lessons.fused).to(m_compute);
    return answerLosses(fused, std::move(lessons.rows));
}

double ChatStage::examine(int64_t pictures) {
    const at::NoGradGuard still;
    const int64_t batches = (pictures + m_recipe.batch - 1) / m_recipe.batch;
    while (static_cast<int64_t>(m_examined.size()) < batches)
        m_examined.push_back(portionOf(m_exam, m_examined.size() * static_cast<uint64_t>(m_recipe.batch), m_recipe.batch));
    double sum = 0;
    for (int64_t i = 0; i < batches; ++i) {
        const Portion& portion = m_examined[static_cast<std::size_t>(i)];
        sum += answerLosses(fusedFeatures(portion.pictures), rowsOf(portion.subjects, i * m_recipe.batch)).loss.item<double>();
    }
    return sum / static_cast<double>(batches);
}

std::shared_ptr<const language::Decoder> ChatStage::decoder() const {
    if (m_lowRank.empty()) return {std::shared_ptr<void>(), &m_model->decoder()};
    Tensors merged = m_lowRank;
    mergeLowRank(merged);
    return std::make_shared<language::Decoder>(asPlace(merged), m_model->config().decoder);
}

ChatStage::RowsInTheMaking ChatStage::rowsOf(const Subjects& subjects, int64_t seen) const {
    const std::size_t parts = std::min(feedThreads(m_device), subjects.size()), count = subjects.size();
    RowsInTheMaking rows;
    for (std::size_t part = 0; part < parts; ++part)
        rows.push_back(std::async(std::launch::async, [this, seen, first = part * count / parts,
                                                       mine = Subjects(subjects.begin() + static_cast<std::ptrdiff_t>(part * count / parts),
                                                                       subjects.begin() + static_cast<std::ptrdiff_t>((part + 1) * count / parts))] {
            std::vector<Row> made;
            for (std::size_t i = 0; i < mine.size(); ++i) made.push_back(rowOf(*mine[i], lessonSeed + static_cast<uint64_t>(seen) + first + i));
            return made;
        }));
    return rows;
}

ChatStage::Row ChatStage::rowOf(const Subject& subject, uint64_t seed) const {
    const Lesson lesson = asLesson(subject.exchanges(seed), m_chat, m_tokenizer, m_recipe.longestLesson);
    const auto& config = m_model->config();
    const int64_t tokens = m_model->visualTokens({}, m_encoding);
    Row row;
    for (const int64_t id : lesson.ids) {
        if (id != models::FlorenceVl::picturePlaceholder && (id < 0 || id >= config.decoder.vocabulary))
            throw Error(concat("token id ", id, " is outside the vocabulary of ", config.decoder.vocabulary), "conversation",
                        "The tokenizer and the model do not belong together.");
        // The picture's one place becomes as many as it has tokens.
        row.ids.insert(row.ids.end(), static_cast<std::size_t>(id == models::FlorenceVl::picturePlaceholder ? tokens : 1), id);
    }
    const auto longest = static_cast<std::size_t>(config.longestPrompt);
    if (row.ids.size() > longest) row.ids.resize(longest);
    if (std::count(row.ids.begin(), row.ids.end(), models::FlorenceVl::picturePlaceholder) != tokens)
        throw Error("a conversation has no place for its picture's tokens", "conversation", "Start from a model that reads longer prompts.");
    for (std::size_t i = 0; i < lesson.learnt.size(); ++i) {
        const int64_t at = lesson.learnt[i] + tokens - 1;
        if (at >= static_cast<int64_t>(row.ids.size())) break;
        row.places.push_back(at - 1);
        row.answers.push_back(row.ids[static_cast<std::size_t>(at)]);
        row.weights.push_back(std::pow(static_cast<double>(lesson.lengths[i]), -m_recipe.answerBalance));
    }
    if (m_recipe.cellWeight <= 0) return row;
    const int64_t side = config.tower.davit.gridSide(config.imageSide);
    const auto cells = static_cast<std::size_t>(side * side);
    const auto labels = subject.cells(side).value_or(CellLabels{{}, std::vector<int64_t>(cells), std::vector<std::string>(cells)});
    for (const auto& word : labels.words) row.nouns.push_back(word.empty() ? nothing : firstToken(m_tokenizer, word));
    for (const int64_t colour : labels.colours) row.colours.push_back(m_colourTokens[static_cast<std::size_t>(colour)]);
    return row;
}

Tensor ChatStage::cellLoss(const language::Decoder& decoder, const Tensor& projected, const std::vector<Row>& rows) const {
    // Only cells that show something are looked at.
    const auto cells = static_cast<int64_t>(rows.front().nouns.size());
    std::vector<int64_t> places, nouns, colours;
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t k = 0; k < rows[i].nouns.size(); ++k) {
            if (rows[i].nouns[k] == nothing) continue;
            places.push_back(static_cast<int64_t>(i) * cells + static_cast<int64_t>(k));
            nouns.push_back(rows[i].nouns[k]);
            colours.push_back(rows[i].colours[k]);
        }
    if (places.empty()) return {};
    // Without a pooled token in front; where blocks follow one another, the first one's.
    const Tensor grid = projected.narrow(1, projected.size(1) % cells, cells);
    const Tensor logits = decoder.lens(grid.flatten(0, 1).index_select(0, there(m_device, places)));
    return 0.5 * (meanOfNamed(logits, there(m_device, nouns)) + meanOfNamed(logits, there(m_device, colours)));
}

StepLosses ChatStage::answerLosses(const Tensor& fused, RowsInTheMaking making) const {
    const Tensor projected = m_model->projector()(fused);  // [pictures, tokens, hidden]
    std::vector<Row> rows;
    for (auto& part : making) std::ranges::move(part.get(), std::back_inserter(rows));
    const auto speaking = decoder();
    Tensor lost, right;
    double weight = 0, answers = 0;
    std::vector<std::size_t> lengths;
    for (const Row& row : rows) lengths.push_back(row.ids.size());
    for (const std::vector<int64_t>& members : ofLikeLength(lengths, lengthGroups)) {
        const Answers group = answersOf(rows, members);
        const Tensor logits = answerLogits(*speaking, projected.index_select(0, there(m_device, members)), group);
        const Tensor wanted = there(m_device, group.answers), weights = there(m_device, group.weights);
        const Tensor losses = (at::cross_entropy_loss(logits, wanted, {}, at::Reduction::None) * weights).sum();
        const Tensor hits = logits.detach().argmax(-1).eq(wanted).to(c10::kFloat).sum();
        lost = lost.defined() ? lost + losses : losses;
        right = right.defined() ? right + hits : hits;
        weight += std::accumulate(group.weights.begin(), group.weights.end(), 0.0);
        answers += static_cast<double>(group.answers.size());
    }
    const Tensor answer = lost / weight,
                 cell = m_recipe.cellWeight > 0 ? cellLoss(*speaking, projected, rows) : Tensor();
    return {cell.defined() ? answer + m_recipe.cellWeight * cell : answer,
            {answer.detach(), cell.defined() ? cell.detach() : at::zeros({}, answer.options()), right / answers}};
}

ChatStage::Answers ChatStage::answersOf(const std::vector<Row>& rows, const std::vector<int64_t>& members) {
    Answers group;
    for (const int64_t member : members)
        group.length = std::max(group.length, static_cast<int64_t>(rows[static_cast<std::size_t>(member)].ids.size()));
    for (const int64_t member : members) {
        const Row& row = rows[static_cast<std::size_t>(member)];
        const auto before = static_cast<int64_t>(group.ids.size());
        for (const int64_t place : row.places) group.places.push_back(before + place);
        group.answers.insert(group.answers.end(), row.answers.begin(), row.answers.end());
        group.weights.insert(group.weights.end(), row.weights.begin(), row.weights.end());
        for (const int64_t id : row.ids) {
            const bool ofPicture = id == models::FlorenceVl::picturePlaceholder;
            if (ofPicture) group.pictured.push_back(static_cast<int64_t>(group.ids.size()));
            group.ids.push_back(ofPicture ? 0 : id);
        }
        // What stands behind a row's end is never looked at.
        group.ids.resize(static_cast<std::size_t>(before + group.length));
    }
    return group;
}

Tensor ChatStage::answerLogits(const language::Decoder& speaking, const Tensor& projected, const Answers& group) const {
    const Tensor words = speaking.embed(there(m_device, group.ids)).to(m_compute);  // [rows*length, hidden]
    const Tensor input = words.index_copy(0, there(m_device, group.pictured), projected.flatten(0, 1).to(m_compute))
                             .view({projected.size(0), group.length, -1});
    return speaking.logits(speaking.hidden(input, {}, {}).flatten(0, 1).index_select(0, there(m_device, group.places)));
}

}  // namespace fusionscope::train
