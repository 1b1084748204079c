#include "core/engine/alignment.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "core/engine/alignment_state.h"
#include "core/engine/memory.h"
#include "core/engine/model_parts.h"
#include "core/engine/word_matching.h"
#include "core/files/error.h"
#include "core/inspect/alignment.h"

namespace fusionscope::engine {

namespace {

using at::Tensor;

constexpr size_t mostPairs = 5'000;  ///< the scores compare each pair with each other
constexpr const char* purpose = "compare with text";

template <class Number>
void require(bool sound, const char* what, Number value, const char* expected) {
    if (!sound) throw Error(concat(what, " is ", value), "alignment", concat("Expected ", expected, "."));
}

void check(const AlignmentOptions& options) {
    require(options.steps >= 1 && options.steps <= 1'000'000, "the number of steps", options.steps, "1 to 1000000");
    require(options.batch >= 2 && options.batch <= 100'000, "the batch", options.batch, "2 to 100000 pairs");
    require(options.seeds >= 1 && options.seeds <= 100, "the number of seeds", options.seeds, "1 to 100");
    require(options.depth == 1 || options.depth == 2, "the projection's depth", options.depth, "1 or 2");
    require(options.temperature >= 1e-3 && options.temperature <= 1e3, "the temperature", options.temperature, "0.001 to 1000");
    require(options.learningRate > 0 && options.learningRate <= 1, "the learning rate", options.learningRate, "above 0, 1 at most");
    require(options.heldOutShare >= 0 && options.heldOutShare <= 0.9, "the share held out", options.heldOutShare, "0 to 0.9");
    require(options.every >= 1, "the distance of points", options.every, "1 or more steps");
    require(options.neighbours >= 1, "the number of neighbours", options.neighbours, "1 or more");
}

/// Which pairs are never trained on: the same ones whatever the seed, spread over the folder.
std::vector<bool> chooseHeldOut(size_t pairs, double share) {
    auto count = static_cast<size_t>(share * static_cast<double>(pairs));
    if (count < 2) count = 0;
    std::vector<size_t> order(pairs);
    for (size_t i = 0; i < pairs; ++i) order[i] = i;
    std::mt19937_64 random(0);
    for (size_t left = pairs; left > 1; --left) std::swap(order[left - 1], order[random() % left]);
    std::vector<bool> heldOut(pairs, false);
    for (size_t i = 0; i < count; ++i) heldOut[order[i]] = true;
    return heldOut;
}

std::vector<int> pointsOf(int steps, int every) {
    std::vector<int> points;
    for (int step = every; step < steps; step += every) points.push_back(step);
    points.push_back(steps);
    return points;
}

std::string unit(size_t index, size_t count) { return concat(index + 1, " of ", count); }

/// The whole picture's patches as they leave the vision tower for what reads them: [1, patches, width] fp32.
Tensor towerFeatures(Model& model, const PictureHandle& picture, const models::EncodeOptions& encoding, const Control& control) {
    std::string last;
    for (const auto& info : model.activations(encoding, picture.size()))
        if (info.isMap && info.name.starts_with("tower/") && info.name == info.recorded()) last = info.name;
    auto map = model.featureMaps({last}, picture, "", encoding, control).at(0);
    return at::tensor(map.data).view({1, map.patches(), map.channels});
}

/// One picture's blocks in the order of fusion, of a model that does not fuse what leaves its tower: [blocks, tokens,
/// width] fp32, or [blocks, 1, width] of their means.
Tensor pictureFeatures(Model& model, const PictureHandle& picture, const AlignmentOptions& options, const nn::Pass& pass) {
    auto& parts = model.parts();
    Tensor rows;
    if (model.summary().fuses) {
        const auto blocks = parts.florenceVl(purpose).features(std::vector{parts.tensors(parts.process(picture))},
                                                               options.encoding, pass);
        ++parts.towerRuns;
        std::vector<Tensor> all;
        for (const auto block : options.encoding.fusion.order) all.push_back(blocks[block][0].to(c10::kCPU, c10::kFloat));
        rows = at::stack(all);
    } else {
        rows = towerFeatures(model, picture, options.encoding, {pass.stop, {}});
    }
    return options.depth == 1 ? rows.mean(1, true) : rows;
}

/// What stands for a caption, read without a picture: [hidden] fp32. Of a language model the mean of the last states over
/// the caption's own tokens; the tokenizer's BOS is read too, where it has one, but says nothing of the caption.
Tensor captionFeatures(const Model& model, const CaptionedPicture& pair, const nn::Pass& pass) {
    const auto& parts = model.parts();
    const auto& tokenizer = model.tokenizer();
    if (const auto* siglip = parts.loaded.siglip())
        return siglip->text(siglipIds(model, pair.caption), pass)[0].to(c10::kCPU, c10::kFloat);
    const auto& decoder = parts.decoder();
    const auto ids = tokenizer.encode(pair.caption, {.addSpecial = true, .parseSpecial = false});
    if (static_cast<int64_t>(ids.size()) > parts.summary.contextTokens)
        throw Error(concat("the caption has ", ids.size(), " tokens; this model reads ", parts.summary.contextTokens),
                    pair.picture.string(), "Shorten it.");
    std::vector<int64_t> own;
    for (size_t i = 0; i < ids.size(); ++i)
        if (!tokenizer.isSpecial(ids[i])) own.push_back(static_cast<int64_t>(i));
    if (own.empty()) throw Error("the caption has no words that this model's tokenizer knows", pair.picture.string());
    const Tensor states = decoder.hidden(decoder.embed(ids), Tensor(), pass)[0].to(c10::kCPU, c10::kFloat);
    return states.index_select(0, at::tensor(own, at::kLong)).mean(0);
}

/// @throws Error unless the model tells pictures from texts, and the parts are its own
void requireComparable(const Model& model, const AlignmentOptions& options) {
    const auto& summary = model.summary();
    if (!comparesTexts(summary))
        throw Error("has no text side that pictures could be compared with", summary.folder,
                    "Load a model that chats about pictures, or a SigLIP.");
    if (!summary.fuses && !options.encoding.fusion.order.empty())
        throw Error("joins no blocks whose parts could be compared with text", summary.folder,
                    "Leave the order of blocks as the model has it.");
    model.tokenizer();
}

void requireMemoryFor(const Tensor& picture, size_t pairs) {
    const auto needed = static_cast<int64_t>(picture.nbytes() * pairs) * 2;  // once by picture, once as a part's features
    const auto free = availableMemory();
    if (free && needed > *free)
        throw Error(concat("every token of ", pairs, " pictures takes ", bytesText(needed), ", ", bytesText(*free), " are free"),
                    "alignment", "Take a projection of depth 1, which needs their means alone, or fewer pairs.");
}

}  // namespace

AlignmentStudy::State::State(const std::filesystem::path& folder, AlignmentOptions chosen) {
    check(chosen);
    results.options = std::move(chosen);
    results.folder = folder;
    const auto& options = results.options;
    for (auto& judged : chooseParts(alignmentParts(options.encoding.fusion.order), options.parts)) {
        AlignmentScores scores;
        scores.part = std::move(judged);
        results.parts.push_back(std::move(scores));
    }
    auto sources = readCaptionedPictures(folder);
    if (options.most > 0 && sources.size() > options.most) sources.resize(options.most);
    if (sources.size() > mostPairs)
        throw Error(concat("holds ", sources.size(), " pairs, at most ", mostPairs, " can be compared"), folder.string(),
                    "Use fewer of them.");
    const auto heldOut = chooseHeldOut(sources.size(), options.heldOutShare);
    for (size_t i = 0; i < sources.size(); ++i) {
        (heldOut[i] ? heldOutPairs : trainedPairs).push_back(static_cast<int64_t>(i));
        results.pairs.push_back({std::move(sources[i]), heldOut[i], {}});
    }
    if (trainedPairs.size() < 2 || results.pairs.size() < 4)
        throw Error(concat("holds ", results.pairs.size(), " captioned pictures, ", trainedPairs.size(), " of them to train on"),
                    folder.string(), "Give at least 4, better 64 or more.");
    results.steps = pointsOf(options.steps, options.every);
    results.trainingBatch = static_cast<int>(std::min<size_t>(static_cast<size_t>(options.batch), trainedPairs.size()));
    results.heldOutBatch = static_cast<int>(std::min<size_t>(static_cast<size_t>(options.batch), heldOutPairs.size()));
    results.chance = std::log(results.trainingBatch);
    results.heldOutChance = heldOutPairs.empty() ? 0 : std::log(results.heldOutBatch);
    results.neighbours = std::min(options.neighbours, static_cast<int>(results.pairs.size()) - 1);
}

/// What is left of reading pictures and captions.
void AlignmentStudy::State::readPairs(Model& model, const Control& control) {
    const auto& parts = model.parts();
    const auto count = results.pairs.size();
    const auto pass = [&](double share, const std::string& task) {
        control.report(task, share);
        return parts.pass({control.stop, {}}, task);
    };
    while (vision.size() < count) {
        const auto done = static_cast<double>(vision.size()) / static_cast<double>(count);
        const auto here = pass(0.45 * done, "Encoding picture " + unit(vision.size(), count));
        here.checkpoint();
        const auto picture = PictureHandle::read(results.pairs[vision.size()].source.picture.string());
        auto features = pictureFeatures(model, picture, results.options, here);
        if (vision.empty()) requireMemoryFor(features, count);
        vision.push_back(std::move(features));
    }
    while (text.size() < count) {
        const auto done = static_cast<double>(text.size()) / static_cast<double>(count);
        const auto here = pass(0.45 + 0.05 * done, "Reading caption " + unit(text.size(), count));
        here.checkpoint();
        text.push_back(captionFeatures(model, results.pairs[text.size()].source, here));
    }
}

Tensor AlignmentStudy::State::visionOf(const AlignmentPart& judged) const {
    const auto& order = results.options.encoding.fusion.order;
    std::vector<int64_t> rows;
    for (const auto block : judged.blocks) rows.push_back(std::ranges::find(order, block) - order.begin());
    if (order.empty()) rows = {0};
    std::vector<Tensor> pictures;
    for (const auto& picture : vision)  // [blocks, tokens, width] → [tokens, blocks of this part × width]
        pictures.push_back(picture.index_select(0, at::tensor(rows, at::kLong)).transpose(0, 1).flatten(1));
    return at::stack(pictures);
}

void AlignmentStudy::State::score(AlignmentScores& scores) const {
    const Tensor pictures = visionOf(scores.part).mean(1).contiguous(), captions = at::stack(text);
    const auto table = [](const Tensor& rows) {
        return inspect::TableView{{rows.const_data_ptr<float>(), static_cast<size_t>(rows.numel())},
                                  static_cast<int>(rows.size(0)), static_cast<int>(rows.size(1))};
    };
    scores.cka = inspect::linearCka(table(pictures), table(captions));
    scores.debiasedCka = inspect::debiasedLinearCka(table(pictures), table(captions));
    scores.mutualNeighbours = inspect::mutualNeighbours(table(pictures), table(captions), results.neighbours);
    scores.scored = true;
}

double AlignmentStudy::State::shareTrained() const {
    const auto parts = results.parts.size();
    const auto trainings = static_cast<double>(parts) * results.options.seeds;
    const double here = static_cast<double>(step) / results.options.steps;
    return (static_cast<double>(static_cast<size_t>(seed) * parts + part) + here) / trainings;
}

void AlignmentStudy::State::beginTraining() {
    const auto& options = results.options;
    inspect::TrainingOptions training;
    training.batch = results.trainingBatch;
    training.depth = options.depth;
    training.temperature = options.temperature;
    training.learningRate = options.learningRate;
    training.seed = options.firstSeed + static_cast<uint64_t>(seed);
    trainer.emplace(visionOf(results.parts[part].part), at::stack(text), trainedPairs, training);
    auto& curve = results.parts[part].curve;
    curve.losses.emplace_back();
    if (!heldOutPairs.empty()) curve.heldOut.emplace_back();
    step = 0;
    sum = 0;
    summed = 0;
}

void AlignmentStudy::State::train() {
    auto& curve = results.parts[part].curve;
    sum += trainer->step();
    ++summed;
    ++step;
    if (results.steps[curve.losses.back().size()] != step) return;
    curve.losses.back().push_back(sum / summed);
    if (!heldOutPairs.empty()) curve.heldOut.back().push_back(trainer->loss(heldOutPairs, results.heldOutBatch));
    sum = 0;
    summed = 0;
    grown = true;
}

void AlignmentStudy::State::endTraining() {
    auto& scores = results.parts[part];
    const auto cosines = trainer->cosines();
    trainer.reset();
    for (size_t i = 0; i < cosines.size(); ++i) {
        auto& means = results.pairs[i].cosines;
        means.resize(results.parts.size(), 0);
        means[part] += (cosines[i] - means[part]) / (scores.seedsDone + 1);
    }
    ++scores.seedsDone;
    scores.loss = bandOver(scores.curve.losses).back();
    if (!heldOutPairs.empty()) scores.heldOutLoss = bandOver(scores.curve.heldOut).back();
    grown = true;
    if (++part < results.parts.size()) return;
    part = 0;
    if (++seed == results.options.seeds) results.finished = true;
}

bool comparesTexts(const ModelSummary& summary) {
    return summary.takesPictures && (summary.chats || summary.matchesTexts);
}

AlignmentStudy::AlignmentStudy(const std::filesystem::path& folder, AlignmentOptions options)
    : m_state(std::make_unique<State>(folder, std::move(options))) {}
AlignmentStudy::~AlignmentStudy() = default;

bool AlignmentStudy::finished() const { return m_state->results.finished; }

std::shared_ptr<const AlignmentResults> AlignmentStudy::results() const {
    return std::make_shared<const AlignmentResults>(m_state->results);
}

void AlignmentStudy::advance(Model& model, const Control& control, const OnResults& onResults) {
    constexpr double secondsBetween = 0.1;
    const c10::InferenceMode inference;
    auto& state = *m_state;
    requireComparable(model, state.results.options);
    if (state.modelFolder.empty()) state.modelFolder = model.summary().folder;
    if (state.modelFolder != model.summary().folder)
        throw Error("is not the model that this alignment was begun with", model.summary().folder, "Begin a new one.");
    state.readPairs(model, control);

    Stopwatch sinceTold;
    const auto tell = [&] {
        if (onResults) onResults(results());
        state.grown = false;
        sinceTold = {};
    };
    for (auto& scores : state.results.parts) {
        if (scores.scored) continue;
        if (control.stop.stop_requested()) throw Stopped();
        control.report("Comparing neighbours", 0.5);
        state.score(scores);
        tell();
    }
    while (!state.results.finished) {
        if (!state.trainer) state.beginTraining();
        while (state.step < state.results.options.steps) {
            if (control.stop.stop_requested()) throw Stopped();
            state.train();
            if (state.grown && sinceTold.seconds() > secondsBetween) {
                control.report(concat("Training ", state.results.parts[state.part].part.name, ", seed ",
                                      unit(static_cast<size_t>(state.seed), static_cast<size_t>(state.results.options.seeds))),
                               0.5 + 0.5 * state.shareTrained());
                tell();
            }
        }
        state.endTraining();
        tell();
    }
}

}  // namespace fusionscope::engine
