#include "core/language/sampler.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_set>

#include "core/files/error.h"

namespace fusionscope::language {

namespace {

constexpr float cut = -std::numeric_limits<float>::infinity();

void penalizeRepetition(std::span<float> scores, std::span<const int64_t> history, double penalty) {
    const auto strength = static_cast<float>(penalty);
    for (int64_t id : std::unordered_set<int64_t>(history.begin(), history.end()))
        if (id >= 0 && id < static_cast<int64_t>(scores.size())) {
            float& score = scores[static_cast<size_t>(id)];
            score = score < 0 ? score * strength : score / strength;
        }
}

/// Cuts every id that would end a run of `size` ids which is in the history already.
void banRepeatedRuns(std::span<float> scores, std::span<const int64_t> history, size_t size) {
    if (history.size() + 1 < size) return;
    const auto begun = history.last(size - 1);
    for (size_t start = 0; start + size <= history.size(); ++start) {
        const int64_t next = history[start + size - 1];
        if (std::equal(begun.begin(), begun.end(), history.begin() + static_cast<std::ptrdiff_t>(start)) && next >= 0 &&
            next < static_cast<int64_t>(scores.size()))
            scores[static_cast<size_t>(next)] = cut;
    }
}

void keepBest(std::span<float> scores, int64_t k) {
    if (k >= static_cast<int64_t>(scores.size())) return;
    std::vector<float> sorted(scores.begin(), scores.end());
    std::nth_element(sorted.begin(), sorted.begin() + k - 1, sorted.end(), std::greater<>());
    const float last = sorted[static_cast<size_t>(k - 1)];
    for (float& score : scores)
        if (score < last) score = cut;
}

std::vector<float> softmax(std::span<const float> scores) {
    const float highest = *std::max_element(scores.begin(), scores.end());
    std::vector<float> probabilities(scores.size());
    double sum = 0;
    for (size_t i = 0; i < scores.size(); ++i) sum += probabilities[i] = std::exp(scores[i] - highest);
    for (float& p : probabilities) p = static_cast<float>(p / sum);
    return probabilities;
}

/// Cuts the least probable ids as long as the mass of what is cut stays within 1 − p. The best one always stays.
void keepMass(std::span<float> scores, double p) {
    const auto probabilities = softmax(scores);
    // What is below its fair share of the mass to cut is cut for certain and need not be sorted.
    const double fairShare = (1.0 - p) / static_cast<double>(scores.size());
    double mass = 0;
    std::vector<size_t> order;
    for (size_t i = 0; i < scores.size(); ++i) {
        if (probabilities[i] < fairShare) {
            mass += probabilities[i];
            scores[i] = cut;
        } else {
            order.push_back(i);
        }
    }
    // Of equal ones the later id stays: a stable ascending order cuts the first of them first.
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] < scores[b]; });
    for (size_t i = 0; i + 1 < order.size(); ++i) {
        mass += probabilities[order[i]];
        if (mass > 1.0 - p) break;
        scores[order[i]] = cut;
    }
}

void keepProbable(std::span<float> scores, double share) {
    const float highest = *std::max_element(scores.begin(), scores.end());
    const double lowest = highest + std::log(share);  // probabilities compare as scores do
    for (float& score : scores)
        if (score < lowest) score = cut;
}

std::vector<TokenChance> mostProbable(std::span<const float> logProbabilities, int64_t count) {
    std::vector<int64_t> ids(logProbabilities.size());
    std::iota(ids.begin(), ids.end(), 0);
    const auto kept = std::min<std::ptrdiff_t>(std::max<int64_t>(count, 0), std::ssize(ids));
    const auto score = [&](int64_t id) { return logProbabilities[static_cast<size_t>(id)]; };
    std::partial_sort(ids.begin(), ids.begin() + kept, ids.end(),
                      [&](int64_t a, int64_t b) { return score(a) != score(b) ? score(a) > score(b) : a < b; });
    std::vector<TokenChance> best;
    for (std::ptrdiff_t i = 0; i < kept; ++i)
        best.push_back({ids[static_cast<size_t>(i)], score(ids[static_cast<size_t>(i)])});
    return best;
}

}  // namespace

void SamplingOptions::check() const {
    const auto require = [](bool right, const char* name, const char* range) {
        if (!right) throw Error(concat(name, " must be ", range), "sampling options");
    };
    require(temperature >= 0 && std::isfinite(temperature), "temperature", "a number from 0 on");
    require(topK >= 0, "top-k", "0 (off) or more");
    require(topP > 0 && topP <= 1, "top-p", "above 0 and at most 1");
    require(minP >= 0 && minP <= 1, "min-p", "from 0 to 1");
    require(repetitionPenalty > 0 && std::isfinite(repetitionPenalty), "repetition penalty", "above 0");
    require(noRepeatNgram >= 0, "no-repeat n-gram", "0 (off) or more");
}

void processScores(std::span<float> scores, std::span<const int64_t> history, const SamplingOptions& options) {
    if (options.repetitionPenalty != 1.0) penalizeRepetition(scores, history, options.repetitionPenalty);
    if (options.noRepeatNgram > 0) banRepeatedRuns(scores, history, static_cast<size_t>(options.noRepeatNgram));
    if (options.greedy()) return;
    if (options.temperature != 1.0)
        for (float& score : scores) score /= static_cast<float>(options.temperature);
    if (options.topK > 0) keepBest(scores, options.topK);
    if (options.topP < 1.0) keepMass(scores, options.topP);
    if (options.minP > 0.0) keepProbable(scores, options.minP);
}

Sampler::Sampler(const SamplingOptions& options) : m_options(options), m_random(options.seed) {
    options.check();
}

TokenChoice Sampler::choose(const at::Tensor& logits, std::span<const int64_t> history, int64_t alternatives) {
    const at::Tensor row = logits.reshape({-1}).to(c10::kCPU, c10::kFloat).contiguous();
    const std::span<const float> raw(row.data_ptr<float>(), static_cast<size_t>(row.numel()));
    std::vector<float> scores(raw.begin(), raw.end());
    processScores(scores, history, m_options);
    // Where the penalties leave nothing the model itself decides.
    if (std::none_of(scores.begin(), scores.end(), [](float s) { return std::isfinite(s); }))
        scores.assign(raw.begin(), raw.end());

    size_t chosen = static_cast<size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
    if (!m_options.greedy()) {
        const auto probabilities = softmax(scores);
        // 53 bits of the stream as a number in [0, 1): the standard distributions differ between libraries.
        double left = static_cast<double>(m_random() >> 11) * 0x1.0p-53;
        for (size_t i = 0; i < scores.size(); ++i) {
            if (probabilities[i] <= 0) continue;
            chosen = i;
            left -= probabilities[i];
            if (left < 0) break;
        }
    }

    const at::Tensor logProbabilities = row.log_softmax(0);
    const std::span<const float> values(logProbabilities.data_ptr<float>(), raw.size());
    return {static_cast<int64_t>(chosen), values[chosen], mostProbable(values, alternatives)};
}

}  // namespace fusionscope::language
