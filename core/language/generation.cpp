#include "core/language/generation.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "core/files/error.h"

namespace fusionscope::language {

namespace {

/// The tokens that were chosen, one after the other.
class Continuation {
  public:
    /// @param history the prompt's ids for the penalties
    Continuation(std::vector<int64_t> history, const GenerationOptions& options, const TokenWatcher& watcher)
        : m_sampler(options.sampling), m_history(std::move(history)), m_options(options), m_watcher(watcher) {}

    /// Chooses the next token. @param logits [vocabulary]; @return whether the text goes on
    bool add(const Tensor& logits) {
        auto choice = m_sampler.choose(logits, m_history, m_options.alternatives);
        m_history.push_back(choice.id);
        result.ids.push_back(choice.id);
        result.logProbabilities.push_back(choice.logProbability);
        const bool goesOn = !m_watcher || m_watcher(choice);
        result.alternatives.push_back(std::move(choice.alternatives));

        const auto& stops = m_options.stopIds;
        const bool stopped = std::find(stops.begin(), stops.end(), result.ids.back()) != stops.end();
        result.end = stopped ? GenerationEnd::StopId : !goesOn ? GenerationEnd::Watcher : GenerationEnd::Length;
        return !stopped && goesOn && left() > 0;
    }
    int64_t left() const { return m_options.maxNewTokens - std::ssize(result.ids); }

    Generated result;

  private:
    Sampler m_sampler;
    std::vector<int64_t> m_history;
    const GenerationOptions& m_options;
    const TokenWatcher& m_watcher;
};

/// Takes from the cache what was read beyond the text, however the generation ends.
struct ReadText {
    KvCache& cache;
    int64_t length;

    void trim() const { cache.truncate(length); }
    ~ReadText() { trim(); }
};

/// How many more tokens a pass may read behind one that makes the text so long, and still turn each by the angles it
/// would have if it came alone.
int64_t turnedAlike(const RopeConfig& rope, int64_t length) {
    constexpr auto any = std::numeric_limits<int64_t>::max();
    if (rope.scaling != RopeScaling::LongRope && rope.scaling != RopeScaling::Dynamic) return any;
    if (length <= rope.originalLength) return rope.originalLength - length;
    // At the first length beyond, a LongRope text is read again, in a pass of its own.
    return rope.scaling == RopeScaling::LongRope && length > rope.originalLength + 1 ? any : 0;
}

void check(const Tensor& promptEmbeddings, const GenerationOptions& options) {
    if (promptEmbeddings.dim() != 3 || promptEmbeddings.size(0) != 1 || promptEmbeddings.size(1) < 1)
        throw Error("the prompt is empty", "generation", "Send at least one token.");
    if (options.maxNewTokens < 1) throw Error("the number of new tokens must be 1 or more", "generation");
}

}  // namespace

Tensor readPrompt(const Decoder& decoder, KvCache& cache, const Tensor& embeddings, int64_t chunk,
                  const nn::Pass& pass) {
    const int64_t total = embeddings.size(1), whole = cache.length() + total;
    // A recorder wants each activation once, not in pieces.
    const int64_t step = pass.recorder ? total : std::max<int64_t>(chunk, 1);
    Tensor last;
    for (int64_t first = 0; first < total; first += step) {
        const int64_t count = std::min(step, total - first);
        nn::Pass part{pass.stop, pass.recorder, {}};
        if (pass.progress)
            part.progress = [&](double done) {
                pass.progress((static_cast<double>(first) + done * static_cast<double>(count)) /
                              static_cast<double>(total));
            };
        last = decoder.hidden(embeddings.narrow(1, first, count), cache, part, whole).narrow(1, count - 1, 1);
    }
    return last;
}

Generated generate(const Decoder& decoder, KvCache& cache, const Tensor& promptEmbeddings,
                   const std::vector<int64_t>& promptIds, const GenerationOptions& options, const nn::Pass& pass,
                   const TokenWatcher& watcher, PromptLookup* lookup) {
    check(promptEmbeddings, options);
    if (pass.recorder || !options.sampling.greedy()) lookup = nullptr;
    Continuation text(promptIds, options, watcher);
    const at::NoGradGuard inference;

    const nn::Pass step{pass.stop, pass.recorder, {}};
    const Tensor last = readPrompt(decoder, cache, promptEmbeddings, options.prefillChunk, pass);
    Tensor logits = decoder.lastLogits(last, step);  // [1 + candidates, vocabulary]
    ReadText read{cache, cache.length() - 1};
    std::vector<int64_t> candidates;
    while (true) {
        int64_t id = 0;
        size_t row = 0;
        do {
            pass.checkpoint();
            ++read.length;
            const bool goesOn = text.add(logits[static_cast<int64_t>(row)]);
            id = text.result.ids.back();
            if (lookup) lookup->append(id);
            if (!goesOn) return std::move(text.result);
        } while (row < candidates.size() && candidates[row++] == id);
        read.trim();

        std::vector<int64_t> next{id};
        if (lookup) {
            const auto most = std::min(text.left() - 1, turnedAlike(decoder.config().rope, read.length + 1));
            candidates = lookup->candidates(most);
        }
        next.insert(next.end(), candidates.begin(), candidates.end());
        const auto start = std::chrono::steady_clock::now();
        logits = decoder.logits(decoder.hidden(decoder.embed(next), cache, step)[0], step);
        if (lookup) lookup->took(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
}

void generateEach(const Decoder& decoder, size_t texts, const std::function<Beginning(size_t)>& begin,
                  const std::function<void(size_t, Generated)>& done, const nn::Pass& pass) {
    const at::NoGradGuard inference;
    const nn::Pass step{pass.stop, pass.recorder, {}};
    struct Written {
        size_t number;
        Beginning text;
        Continuation continuation;

        Written(size_t which, Beginning beginning)
            : number(which), text(std::move(beginning)), continuation({}, text.options, text.watcher) {}
    };
    std::vector<std::unique_ptr<Written>> written;
    // Adds a token; whether the text goes on.
    const auto add = [&](Written& one, const Tensor& logits) {
        pass.checkpoint();
        if (one.continuation.add(logits)) return true;
        done(one.number, std::move(one.continuation.result));
        return false;
    };
    for (size_t next = 0; next < texts || !written.empty();) {
        for (; next < texts && std::ssize(written) < nn::fewRows; ++next) {
            auto one = std::make_unique<Written>(next, begin(next));
            check(one->text.promptEmbeddings, one->text.options);
            const Tensor last =
                readPrompt(decoder, one->text.cache, one->text.promptEmbeddings, one->text.options.prefillChunk, step);
            if (add(*one, decoder.lastLogits(last, step)[0])) written.push_back(std::move(one));
        }
        if (written.empty()) continue;
        std::vector<int64_t> ids;
        std::vector<KvCache*> caches;
        for (const auto& one : written) {
            ids.push_back(one->continuation.result.ids.back());
            caches.push_back(&one->text.cache);
        }
        const Tensor hidden =
            decoder.hiddenOfEach(decoder.embed(ids).transpose(0, 1), caches, step);  // [texts, 1, hidden]
        const Tensor logits = decoder.logits(hidden.select(1, 0), step);
        int64_t row = 0;
        std::erase_if(written, [&](const auto& one) { return !add(*one, logits[row++]); });
    }
}

}  // namespace fusionscope::language
