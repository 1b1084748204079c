#include "core/engine/ablation.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "core/engine/model_parts.h"
#include "core/files/error.h"
#include "core/fusion/fusion_names.h"
#include "core/inspect/ablation.h"
#include "core/inspect/feature_map.h"

namespace fusionscope::engine {

namespace {

using fusion::Block;
using fusion::FeatureBlocks;

constexpr std::array<std::pair<const char*, AblationFill>, 3> fills = {{
    {"zero", AblationFill::Zero},
    {"mean", AblationFill::Mean},
    {"picture", AblationFill::OtherPicture},
}};

constexpr const char* purpose = "take apart";

std::vector<int64_t> idsOf(const Answer& answer) {
    std::vector<int64_t> ids;
    for (const auto& token : answer.tokens) ids.push_back(token.id);
    return ids;
}

int64_t firstPatchOf(const models::EncodeOptions& options) {
    return options.fusion.pooledToken == fusion::PooledToken::Kept ? 1 : 0;
}

/// The patches that an ablation names, without repeats; none when it takes the whole picture.
std::optional<std::vector<int64_t>> patchesOf(const Ablation& ablation, const AblationBaseline& baseline) {
    if (ablation.patches.empty() && ablation.regions.empty()) return std::nullopt;
    inspect::FeatureMap grid;
    grid.name = "patch grid";
    grid.rows = baseline.gridRows;
    grid.columns = baseline.gridColumns;
    std::vector<int> patches = ablation.patches;
    for (const int patch : patches) inspect::requirePatch(grid, patch);
    const auto& view = baseline.view;
    for (const auto& region : ablation.regions) {
        const bool inside = region.x0 < view.picture.width && region.y0 < view.picture.height && region.x1 > 0 && region.y1 > 0;
        if (region.empty() || !inside)
            throw Error(concat("the region from (", region.x0, ", ", region.y0, ") to (", region.x1, ", ", region.y1,
                               ") holds nothing of the picture of ", view.picture.width, " × ", view.picture.height, " pixels"),
                        "ablation");
        const auto seen = view.toView(region);
        const double width = view.view.width, height = view.view.height;
        const auto under = inspect::patchesIn(grid, seen.x0 / width, seen.y0 / height, seen.x1 / width, seen.y1 / height);
        patches.insert(patches.end(), under.begin(), under.end());
    }
    std::ranges::sort(patches);
    const auto repeats = std::ranges::unique(patches);
    patches.erase(repeats.begin(), repeats.end());
    return std::vector<int64_t>(patches.begin(), patches.end());
}

inspect::FeatureSelection selectionOf(const Ablation& ablation, const AblationBaseline& baseline) {
    inspect::FeatureSelection selection;
    selection.blocks = ablation.blocks.empty() ? baseline.blocks : ablation.blocks;
    selection.tokens = patchesOf(ablation, baseline);
    if (selection.tokens)
        for (auto& token : *selection.tokens) token += firstPatchOf(baseline.request.encoding);
    selection.channels = ablation.channels;
    return selection;
}

/// One state for each picture of the conversation.
std::vector<std::shared_ptr<const VisualState>> encodeAll(Model::Parts& parts, const ChatRequest& request,
                                                          const Control& control, AnswerStatistics& statistics) {
    std::vector<std::shared_ptr<const VisualState>> states;
    for (size_t i = 0; i < request.pictures.size(); ++i)
        states.push_back(parts.encode(request.pictures[i], request.encoding,
                                      parts.pass(control, concat("Encoding picture ", i + 1, " of ", request.pictures.size())),
                                      statistics));
    return states;
}

/// The picture's rows with a part of the features they are fused from switched off; the original when that is nothing.
std::shared_ptr<const VisualState> ablatedState(Model::Parts& parts, const AblationBaseline& baseline,
                                                const Ablation& ablation, std::shared_ptr<const VisualState> original,
                                                const Control& control) {
    if (ablation.empty()) return original;
    const auto& encoding = baseline.request.encoding;
    const auto& model = parts.florenceVl(purpose);
    const FeatureBlocks& blocks = *original->blocks;
    FeatureBlocks others;
    if (ablation.fill == AblationFill::Zero) {
        others = inspect::zerosLike(blocks);
    } else if (ablation.fill == AblationFill::Mean) {
        others = inspect::meansOf(blocks, firstPatchOf(encoding));
    } else {
        if (ablation.other.hash().empty())
            throw Error("the picture whose features are to be put in is missing", "ablation", "Name one.");
        AnswerStatistics ignored;
        const auto pass = parts.pass(control, "Encoding the other picture");
        others = *parts.encode(ablation.other, encoding, pass, ignored)->blocks;
    }
    const auto replaced = inspect::replaceSelected(blocks, others, selectionOf(ablation, baseline));
    return parts.visuals.unkept(model.project(replaced, encoding, {})[0]);
}

Answer answerWhole(Model::Parts& parts, const SplicedPrompt& prompt, const ChatRequest& request,
                   const AnswerStatistics& statistics, const ChatCallbacks& callbacks, const Control& control) {
    const Stopwatch watch;
    // Read from its first token, so that equal rows meet equal arithmetic whatever was asked before.
    parts.forgetPrompt();
    auto answer = parts.answer(prompt, request.generation, callbacks, control, statistics, watch);
    if (answer.reason == StopReason::Stopped) throw Stopped();
    return answer;
}

/// What an answer's ids are predicted from, as fp32 on the CPU: [ids, hidden].
at::Tensor statesOf(Model::Parts& parts, const SplicedPrompt& prompt, const std::vector<int64_t>& ids,
                    const Control& control) {
    return parts.answerStates(prompt, ids, control).to(c10::kCPU, c10::kFloat).contiguous().clone();
}

/// Log-probabilities of ids, and the divergence of what might have come from what might have come before.
struct Judged {
    std::vector<double> logProbabilities, divergences;
};

Judged judge(const language::Decoder& decoder, const at::Tensor& before, const at::Tensor& after,
             const std::vector<int64_t>& ids) {
    constexpr int64_t rows = 32;  // a vocabulary's scores of so many tokens are held at once
    const auto chances = [&](const at::Tensor& states, int64_t first, int64_t count) {
        const auto part = states.narrow(0, first, count).to(decoder.device(), decoder.type());
        return at::log_softmax(decoder.logits(part).to(c10::kCPU, c10::kDouble), -1);  // [count, vocabulary]
    };
    Judged judged;
    const auto tokens = static_cast<int64_t>(ids.size());
    for (int64_t first = 0; first < tokens; first += rows) {
        const int64_t count = std::min(rows, tokens - first);
        const auto was = chances(before, first, count), is = chances(after, first, count);
        const auto divergences = (was.exp() * (was - is)).sum(-1).clamp_min(0);
        for (int64_t i = 0; i < count; ++i) {
            judged.logProbabilities.push_back(is[i][ids[static_cast<size_t>(first + i)]].item<double>());
            judged.divergences.push_back(divergences[i].item<double>());
        }
    }
    return judged;
}

double sumOf(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

/// How the answers differ, word by word and at the first other token.
void compareAnswers(const AblationBaseline& baseline, AblationResult& result) {
    const auto before = idsOf(baseline.answer), after = idsOf(result.answer);
    result.changes = compareWords(baseline.answer.text, result.answer.text);
    result.sameAnswer = before == after;
    const auto differs = std::ranges::mismatch(before, after).in1 - before.begin();
    if (static_cast<size_t>(differs) < before.size()) result.firstDivergence = result.divergences[static_cast<size_t>(differs)];
    for (const auto& word : baseline.words) {
        double change = 0;
        for (size_t i = word.first; i < word.first + word.count; ++i)
            change += result.logProbabilities[i] - baseline.logProbabilities[i];
        result.wordChanges.push_back(change);
    }
}

}  // namespace

const char* name(AblationFill fill) {
    return std::ranges::find(fills, fill, [](const auto& row) { return row.second; })->first;
}

AblationFill ablationFillNamed(const std::string& text) {
    for (const auto& [known, fill] : fills)
        if (text == known) return fill;
    throw Error("\"" + text + "\" stands for no values", {}, "Known: zero, mean, picture.");
}

std::string describe(const Ablation& ablation) {
    if (ablation.empty()) return "nothing";
    std::string text;
    for (const auto block : ablation.blocks) text += (text.empty() ? "" : ", ") + std::string(fusion::name(block));
    if (text.empty()) text = "all blocks";
    const auto add = [&](size_t count, const char* what) {
        if (count > 0) text += concat(" · ", count, " ", what, count > 1 ? (what[0] == 'p' ? "es" : "s") : "");
    };
    add(ablation.patches.size(), "patch");
    add(ablation.regions.size(), "region");
    if (ablation.channels) text += concat(" · channels ", ablation.channels->first, "–", ablation.channels->second);
    if (ablation.fill != AblationFill::Zero) text += concat(" · ", name(ablation.fill));
    return text;
}

AblationBaseline ablationBaseline(Model& model, const ChatRequest& request, size_t picture,
                                  const ChatCallbacks& callbacks, const Control& control) {
    const c10::InferenceMode inference;
    auto& parts = model.parts();
    parts.florenceVl(purpose);
    model.chatTemplate();
    if (picture >= request.pictures.size())
        throw Error(concat("picture ", picture + 1, " is not among the conversation's ", request.pictures.size()), "ablation",
                    "Ask about a picture.");
    AblationBaseline baseline;
    baseline.request = request;
    baseline.picture = picture;
    AnswerStatistics statistics;
    const auto states = encodeAll(parts, request, control, statistics);
    const auto prompt = parts.splice(model.encodePrompt(request.messages), states);
    baseline.answer = answerWhole(parts, prompt, request, statistics, callbacks, control);

    const auto ids = idsOf(baseline.answer);
    const at::Tensor predicting = statesOf(parts, prompt, ids, control);
    baseline.words = wordsOf(model.tokenizer(), ids);
    baseline.logProbabilities = judge(parts.decoder(), predicting, predicting, ids).logProbabilities;
    baseline.logProbability = sumOf(baseline.logProbabilities);
    baseline.states.assign(predicting.const_data_ptr<float>(), predicting.const_data_ptr<float>() + predicting.numel());

    const auto& blocks = *states[picture]->blocks;
    const auto patches = blocks.image.size(1) - firstPatchOf(request.encoding);
    baseline.blocks = request.encoding.fusion.order;
    baseline.gridRows = baseline.gridColumns = static_cast<int>(std::lround(std::sqrt(static_cast<double>(patches))));
    baseline.channels = static_cast<int>(blocks.image.size(2));
    baseline.view = parts.process(request.pictures[picture]).transform();
    return baseline;
}

AblationResult ablate(Model& model, const AblationBaseline& baseline, const Ablation& ablation,
                      const ChatCallbacks& callbacks, const Control& control) {
    const c10::InferenceMode inference;
    auto& parts = model.parts();
    parts.florenceVl(purpose);
    const auto& request = baseline.request;
    const auto ids = idsOf(baseline.answer);
    const auto& decoder = parts.decoder();
    if (baseline.states.size() != ids.size() * static_cast<size_t>(decoder.config().hidden))
        throw Error("was not the model that gave the answer to compare with", parts.summary.folder, "Answer again with it.");

    AnswerStatistics statistics;
    auto states = encodeAll(parts, request, control, statistics);
    states[baseline.picture] = ablatedState(parts, baseline, ablation, states[baseline.picture], control);
    const auto prompt = parts.splice(model.encodePrompt(request.messages), std::move(states));

    AblationResult result;
    result.ablation = ablation;
    result.name = describe(ablation);
    result.answer = answerWhole(parts, prompt, request, statistics, callbacks, control);
    const at::Tensor before =
        at::from_blob(const_cast<float*>(baseline.states.data()), {static_cast<int64_t>(ids.size()), decoder.config().hidden}, c10::kFloat)
            .clone();
    auto judged = judge(decoder, before, statesOf(parts, prompt, ids, control), ids);
    result.logProbabilities = std::move(judged.logProbabilities);
    result.divergences = std::move(judged.divergences);
    result.logProbability = sumOf(result.logProbabilities);
    result.change = result.logProbability - baseline.logProbability;
    result.meanDivergence = sumOf(result.divergences) / static_cast<double>(ids.size());
    compareAnswers(baseline, result);
    return result;
}

std::vector<Ablation> sweepOf(const AblationBaseline& baseline, const Ablation& within) {
    std::vector<Ablation> sweep;
    const auto add = [&](std::vector<Block> blocks) {
        auto ablation = within;
        ablation.blocks = std::move(blocks);
        if (std::ranges::find(sweep, ablation.blocks, &Ablation::blocks) == sweep.end()) sweep.push_back(std::move(ablation));
    };
    const auto& all = baseline.blocks;
    for (const auto block : all) add({block});
    for (const auto block : all) {
        auto others = all;
        std::erase(others, block);
        if (!others.empty()) add(std::move(others));
    }
    add(all);
    return sweep;
}

}  // namespace fusionscope::engine
