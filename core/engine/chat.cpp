#include <ATen/ATen.h>

#include <algorithm>

#include "core/engine/model_parts.h"
#include "core/language/generation.h"
#include "core/text/stream_decoder.h"

namespace fusionscope::engine {

namespace {

language::SamplingOptions samplingOf(const GenerationOptions& options) {
    return {.sample = !options.greedy,
            .temperature = options.temperature,
            .topK = options.topK,
            .topP = options.topP,
            .minP = options.minP,
            .repetitionPenalty = options.repetitionPenalty,
            .noRepeatNgram = options.noRepeatNgram,
            .seed = options.seed};
}

/// Searches the whole conversation. @param keys negative as numbers where a picture stands
std::optional<language::PromptLookup> lookupIn(const std::vector<PromptKey>& keys, language::Lookup lookup) {
    if (lookup == language::Lookup::Off) return std::nullopt;
    return language::PromptLookup({keys.begin(), keys.end()}, {.weighs = lookup == language::Lookup::Auto});
}

/// Collects an answer while its tokens come.
class AnswerWriter {
  public:
    AnswerWriter(const text::Tokenizer& tokenizer, std::vector<std::string> stops, const ChatCallbacks& callbacks,
                 const Stopwatch& sinceRequest)
        : m_tokenizer(tokenizer),
          m_decoder(tokenizer, std::move(stops)),
          m_callbacks(callbacks),
          m_sinceRequest(sinceRequest) {}

    /// False when a stop string has appeared.
    bool push(const language::TokenChoice& choice, bool ends) {
        if (answer.tokens.empty()) answer.statistics.firstTokenSeconds = m_sinceRequest.seconds();
        TokenScore token{choice.id, textOf(choice.id), choice.logProbability, {}};
        for (const auto& chance : choice.alternatives)
            token.alternatives.push_back({chance.id, textOf(chance.id), chance.logProbability});
        answer.tokens.push_back(token);
        if (m_callbacks.onToken) m_callbacks.onToken(token);
        if (!ends) say(m_decoder.push(choice.id));
        return !m_decoder.stopped();
    }
    void finish() {
        say(m_decoder.finish());
        answer.text = m_decoder.text();
        answer.statistics.generateSeconds = m_sinceRequest.seconds() - answer.statistics.firstTokenSeconds;
    }
    bool stoppedByString() const { return m_decoder.stopped(); }

    Answer answer;

  private:
    std::string textOf(int64_t id) const { return m_tokenizer.decode(std::vector<int64_t>{id}); }
    void say(const std::string& text) const {
        if (!text.empty() && m_callbacks.onText) m_callbacks.onText(text);
    }

    const text::Tokenizer& m_tokenizer;
    text::StreamDecoder m_decoder;
    const ChatCallbacks& m_callbacks;
    const Stopwatch& m_sinceRequest;
};

}  // namespace

Answer Model::chat(const ChatRequest& request, const ChatCallbacks& callbacks, const Control& control) {
    const c10::InferenceMode inference;
    const Stopwatch sinceRequest;
    chatTemplate();
    samplingOf(request.generation).check();
    AnswerStatistics statistics;
    const auto prompt = m_parts->splice(request, control, statistics);
    return m_parts->answer(prompt, request.generation, callbacks, control, statistics, sinceRequest);
}

Answer Model::Parts::answer(const SplicedPrompt& prompt, const GenerationOptions& generation,
                            const ChatCallbacks& callbacks, const Control& control, const AnswerStatistics& statistics,
                            const Stopwatch& sinceRequest) {
    const auto& model = decoder();
    auto stops = chatTemplate->stopStrings(*tokenizer);
    stops.insert(stops.end(), generation.stopStrings.begin(), generation.stopStrings.end());
    AnswerWriter writer(*tokenizer, stops, callbacks, sinceRequest);
    auto& answer = writer.answer;
    answer.statistics = statistics;
    answer.promptIds = prompt.ids;

    language::GenerationOptions settings;
    settings.maxNewTokens = std::min(generation.maxNewTokens, summary.contextTokens - prompt.length());
    settings.stopIds = chatTemplate->stopIds(*tokenizer);
    settings.stopIds.insert(settings.stopIds.end(), model.config().endIds.begin(), model.config().endIds.end());
    settings.sampling = samplingOf(generation);
    settings.alternatives = generation.alternatives;

    const auto reused = reusePrefix(prompt);
    answer.statistics.reusedTokens = reused;
    auto lookup = lookupIn(prompt.keys, generation.lookup);
    const Stopwatch sincePrefill;
    const auto remember = [&] {  // which tokens the cache holds, however the generation ended
        if (lookup) {
            answer.statistics.proposedTokens = lookup->proposed();
            answer.statistics.acceptedTokens = lookup->accepted();
        }
        cachedKeys = prompt.keys;
        for (const auto& token : answer.tokens) cachedKeys.push_back(static_cast<PromptKey>(token.id));
        cachedKeys.resize(std::min(cachedKeys.size(), static_cast<size_t>(std::max<int64_t>(0, cache->length()))));
    };
    try {
        const auto ends = [&](int64_t id) { return std::ranges::find(settings.stopIds, id) != settings.stopIds.end(); };
        const auto generated = language::generate(
            model, *cache, embeddings(prompt, reused), {}, settings, pass(control, "Reading the prompt"),
            [&](const language::TokenChoice& choice) {
                if (answer.tokens.empty()) answer.statistics.prefillSeconds = sincePrefill.seconds();
                return writer.push(choice, ends(choice.id));
            },
            lookup ? &*lookup : nullptr);
        answer.reason = writer.stoppedByString()                            ? StopReason::StopString
                        : generated.end == language::GenerationEnd::StopId ? StopReason::EndToken
                                                                           : StopReason::Length;
    } catch (const Stopped&) {
        remember();
        if (answer.tokens.empty()) throw;
        answer.reason = StopReason::Stopped;
    } catch (...) {
        forgetPrompt();
        throw;
    }
    remember();
    writer.finish();
    return std::move(answer);
}

std::vector<double> Model::score(const ChatRequest& request, const std::vector<int64_t>& answerIds,
                                 const Control& control) {
    const c10::InferenceMode inference;
    chatTemplate();
    if (answerIds.empty()) return {};
    AnswerStatistics statistics;
    const auto prompt = m_parts->splice(request, control, statistics);
    const at::Tensor states = m_parts->answerStates(prompt, answerIds, control);
    const at::Tensor chances = at::log_softmax(m_parts->decoder().logits(states).to(c10::kFloat), -1);
    std::vector<double> result;
    for (size_t i = 0; i < answerIds.size(); ++i)
        result.push_back(chances[static_cast<int64_t>(i)][answerIds[i]].item<double>());
    return result;
}

at::Tensor Model::Parts::answerStates(const SplicedPrompt& prompt, const std::vector<int64_t>& ids,
                                      const Control& control) {
    const auto& model = decoder();
    const auto answered = static_cast<int64_t>(ids.size());
    if (prompt.length() + answered > summary.contextTokens)
        throw Error(concat("prompt and answer have ", prompt.length() + answered, " tokens; this model reads ",
                           summary.contextTokens),
                    summary.folder, "Shorten the answer.");

    const auto reused = reusePrefix(prompt);
    const at::Tensor inputs = at::cat({embeddings(prompt, reused), model.embed(ids)}, 1);
    at::Tensor hidden;
    try {
        hidden = model.hidden(inputs, *cache, pass(control, "Scoring the answer"));
    } catch (...) {
        cachedKeys.resize(std::min(cachedKeys.size(), static_cast<size_t>(cache->length())));
        throw;
    }
    cachedKeys = prompt.keys;
    cachedKeys.insert(cachedKeys.end(), ids.begin(), ids.end());
    // The token at place i is predicted after the one before it.
    return hidden.narrow(1, hidden.size(1) - answered - 1, answered)[0];
}

}  // namespace fusionscope::engine
