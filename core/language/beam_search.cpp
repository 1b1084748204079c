#include "core/language/beam_search.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/files/error.h"

namespace fusionscope::language {

namespace {

constexpr float cutOff = -std::numeric_limits<float>::infinity();

/// One running or finished text.
struct Hypothesis {
    std::vector<int64_t> ids;              // the start id in front
    std::vector<double> logProbabilities;  // of ids[1…]
    float sum = 0;                         // of log-probabilities, in single precision as in the reference
    double score = 0;                      // of a finished one
    bool ended = false;

    Hypothesis with(int64_t id, double logProbability, float newSum) const {
        Hypothesis longer = *this;
        longer.ids.push_back(id);
        longer.logProbabilities.push_back(logProbability);
        longer.sum = newSum;
        return longer;
    }
    int64_t generated() const { return static_cast<int64_t>(ids.size()) - 1; }
};

void check(const SequenceOptions& options) {
    const auto refuse = [](const std::string& what) { throw Error(what, "generation options"); };
    if (options.beams < 1 || options.beams > 64) refuse(concat("beams must be 1 to 64, not ", options.beams));
    if (options.maxNewTokens < 0) refuse(concat("the number of new tokens is negative: ", options.maxNewTokens));
    if (options.noRepeatNgram < 0) refuse(concat("no-repeat n-gram is negative: ", options.noRepeatNgram));
    if (!std::isfinite(options.lengthPenalty)) refuse("the length penalty is not a finite number");
}

void checkIds(const SequenceOptions& options, int64_t vocabulary) {
    for (const auto& id :
         {std::optional(options.start), std::optional(options.end), options.forcedFirst, options.forcedLast})
        if (id && (*id < 0 || *id >= vocabulary))
            throw Error(concat("id ", *id, " is outside the vocabulary of ", vocabulary, " tokens"),
                        "generation options");
}

/// The id that must come next whatever the model says.
std::optional<int64_t> forcedId(const SequenceOptions& options, int64_t generated) {
    if (generated + 1 == options.maxNewTokens && options.forcedLast) return options.forcedLast;
    return generated == 0 ? options.forcedFirst : std::nullopt;
}

/// Cuts every id that would repeat n ids in a row.
void banRepeats(const std::vector<int64_t>& ids, int64_t n, float* scores) {
    const auto length = static_cast<int64_t>(ids.size());
    if (n < 1 || length < n) return;
    const auto last = ids.end() - (n - 1);
    for (auto start = ids.begin(); start + (n - 1) < ids.end(); ++start)
        if (std::equal(last, ids.end(), start)) scores[*(start + (n - 1))] = cutOff;
}

GeneratedSequence finished(const Hypothesis& text) {
    return {text.ids, text.logProbabilities, text.score, text.ended};
}

double lengthNormalised(double sum, int64_t generated, double penalty) {
    return generated > 0 ? sum / std::pow(static_cast<double>(generated), penalty) : sum;
}

GeneratedSequence greedy(StepDecoder& decoder, const SequenceOptions& options, const nn::Pass& pass,
                         const TokenCallback& onToken) {
    Hypothesis text;
    text.ids = {options.start};
    while (text.generated() < options.maxNewTokens && !text.ended) {
        pass.checkpoint();
        const Tensor logits = decoder.step({text.ids.back()}, pass).to(at::kCPU, at::kFloat);
        checkIds(options, logits.size(1));
        const auto forced = forcedId(options, text.generated());
        int64_t id = 0;
        double logProbability = 0;
        if (forced) {
            id = *forced;
        } else {
            const Tensor allowed = logits.clone();
            banRepeats(text.ids, options.noRepeatNgram, allowed.data_ptr<float>());
            id = allowed.argmax().item<int64_t>();
            logProbability = logits.log_softmax(-1)[0][id].item<double>();
        }
        text = text.with(id, logProbability, text.sum + static_cast<float>(logProbability));
        text.ended = id == options.end && !(forced && text.generated() == options.maxNewTokens);
        if (onToken) onToken(id, logProbability);
        if (id == options.end) break;
    }
    text.score = lengthNormalised(text.sum, text.generated(), options.lengthPenalty);
    return finished(text);
}

/// Finished hypotheses, as many as there are beams, the worst leaving first.
class FinishedTexts {
  public:
    explicit FinishedTexts(const SequenceOptions& options) : m_options(options) {}

    void add(Hypothesis text) {
        text.score = lengthNormalised(text.sum, text.generated(), m_options.lengthPenalty);
        if (full() && !(text.score > m_texts.front().score)) return;
        // Among equals the later one counts as better, as in the reference.
        const auto place = std::upper_bound(m_texts.begin(), m_texts.end(), text.score,
                                            [](double score, const Hypothesis& other) { return score < other.score; });
        m_texts.insert(place, std::move(text));
        if (static_cast<int64_t>(m_texts.size()) > m_options.beams) m_texts.erase(m_texts.begin());
    }

    /// @param bestSum of the candidates of this step; @param generated their length
    bool suffice(float bestSum, int64_t generated) const {
        if (!full()) return false;
        if (m_options.earlyStopping == EarlyStopping::Yes) return true;
        const bool longestCounts = m_options.earlyStopping == EarlyStopping::Never && m_options.lengthPenalty > 0;
        const int64_t length = longestCounts ? m_options.maxNewTokens : generated;
        return m_texts.front().score >= lengthNormalised(bestSum, length, m_options.lengthPenalty);
    }

    const Hypothesis& best() const { return m_texts.back(); }

  private:
    bool full() const { return static_cast<int64_t>(m_texts.size()) >= m_options.beams; }

    const SequenceOptions& m_options;
    std::vector<Hypothesis> m_texts;  // worst first
};

/// The running texts and one step of their search.
class BeamSearch {
  public:
    BeamSearch(StepDecoder& decoder, const SequenceOptions& options)
        : m_decoder(decoder), m_options(options), m_finished(options) {
        Hypothesis start;
        start.ids = {options.start};
        m_running.assign(static_cast<size_t>(options.beams), start);
        // All beams hold the same text at first; only one of them may win.
        for (size_t i = 1; i < m_running.size(); ++i) m_running[i].sum = -1e9F;
    }

    /// @return false when the search is over
    bool step(const nn::Pass& pass) {
        const auto forced = forcedId(m_options, generated());
        std::vector<int64_t> last;
        for (const auto& text : m_running) last.push_back(text.ids.back());
        const Tensor logProbabilities = m_decoder.step(last, pass).to(at::kCPU, at::kFloat).log_softmax(-1);
        const int64_t vocabulary = logProbabilities.size(1);
        checkIds(m_options, vocabulary);

        const auto [sums, places] = total(logProbabilities, forced)
                                        .flatten()
                                        .topk(std::min<int64_t>(2 * m_options.beams, m_options.beams * vocabulary));
        const float* sum = sums.data_ptr<float>();
        const int64_t* place = places.data_ptr<int64_t>();
        const float* logs = logProbabilities.data_ptr<float>();

        std::vector<Hypothesis> next;
        std::vector<int64_t> rows;
        for (int64_t rank = 0; rank < places.numel(); ++rank) {
            const int64_t row = place[rank] / vocabulary, id = place[rank] % vocabulary;
            const double logProbability = forced ? 0.0 : logs[place[rank]];
            Hypothesis longer = m_running[static_cast<size_t>(row)].with(id, logProbability, sum[rank]);
            if (id == m_options.end) {
                longer.ended = !(forced && longer.generated() == m_options.maxNewTokens);
                if (rank < m_options.beams) m_finished.add(std::move(longer));
            } else if (static_cast<int64_t>(next.size()) < m_options.beams) {
                next.push_back(std::move(longer));
                rows.push_back(row);
            }
        }
        const bool done = m_finished.suffice(sum[0], generated() + 1) || next.empty();
        if (done) m_running.clear();
        if (done || next.front().generated() >= m_options.maxNewTokens) {
            if (!done) m_running = std::move(next);
            return false;
        }
        while (static_cast<int64_t>(next.size()) < m_options.beams) {  // vocabularies smaller than the beams
            next.push_back(next.back());
            next.back().sum = cutOff;
            rows.push_back(rows.back());
        }
        m_running = std::move(next);
        m_decoder.reorder(rows);
        return true;
    }

    Hypothesis best() {
        for (auto& text : m_running) m_finished.add(std::move(text));
        return m_finished.best();
    }

  private:
    int64_t generated() const { return m_running.front().generated(); }

    /// Sum of each beam's text so far and each id after it: [beams, vocabulary].
    Tensor total(const Tensor& logProbabilities, std::optional<int64_t> forced) const {
        Tensor scores = forced ? at::full_like(logProbabilities, cutOff) : logProbabilities.clone();
        for (size_t i = 0; i < m_running.size(); ++i) {
            Tensor row = scores[static_cast<int64_t>(i)];
            if (forced)
                row[*forced] = 0.0F;
            else
                banRepeats(m_running[i].ids, m_options.noRepeatNgram, row.data_ptr<float>());
            row.add_(m_running[i].sum);
        }
        return scores;
    }

    StepDecoder& m_decoder;
    const SequenceOptions& m_options;
    FinishedTexts m_finished;
    std::vector<Hypothesis> m_running;
};

}  // namespace

GeneratedSequence searchSequence(StepDecoder& decoder, const SequenceOptions& options, const nn::Pass& pass,
                                 const TokenCallback& onToken) {
    check(options);
    const c10::InferenceMode inference;
    if (options.beams == 1 || options.maxNewTokens == 0) return greedy(decoder, options, pass, onToken);
    BeamSearch search(decoder, options);
    for (int64_t i = 1; search.step(pass); ++i) {
        pass.checkpoint();
        pass.report(static_cast<double>(i) / static_cast<double>(options.maxNewTokens));
    }
    return finished(search.best());
}

}  // namespace fusionscope::language
