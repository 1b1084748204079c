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
    auto& parts = *m_parts;
    const auto& decoder = parts.decoder();
    const auto& format = chatTemplate();
    samplingOf(request.generation).check();

    auto stops = format.stopStrings(*parts.tokenizer);
    stops.insert(stops.end(), request.generation.stopStrings.begin(), request.generation.stopStrings.end());
    AnswerWriter writer(*parts.tokenizer, stops, callbacks, sinceRequest);
    auto& answer = writer.answer;
    const auto prompt = parts.splice(request, control, answer.statistics);
    answer.promptIds = prompt.ids;

    language::GenerationOptions options;
    options.maxNewTokens = std::min(request.generation.maxNewTokens, parts.summary.contextTokens - prompt.length());
    options.stopIds = format.stopIds(*parts.tokenizer);
    options.stopIds.insert(options.stopIds.end(), decoder.config().endIds.begin(), decoder.config().endIds.end());
    options.sampling = samplingOf(request.generation);
    options.alternatives = request.generation.alternatives;

    const auto reused = parts.reusePrefix(prompt);
    answer.statistics.reusedTokens = reused;
    const Stopwatch sincePrefill;
    const auto remember = [&] {  // which tokens the cache holds, however the generation ended
        parts.cachedKeys = prompt.keys;
        for (const auto& token : answer.tokens) parts.cachedKeys.push_back(static_cast<PromptKey>(token.id));
        parts.cachedKeys.resize(
            std::min(parts.cachedKeys.size(), static_cast<size_t>(std::max<int64_t>(0, parts.cache->length()))));
    };
    try {
        const auto ends = [&](int64_t id) { return std::ranges::find(options.stopIds, id) != options.stopIds.end(); };
        const auto generated = language::generate(
            decoder, *parts.cache, parts.embeddings(prompt, reused), {}, options,
            parts.pass(control, "Reading the prompt"), [&](const language::TokenChoice& choice) {
                if (answer.tokens.empty()) answer.statistics.prefillSeconds = sincePrefill.seconds();
                return writer.push(choice, ends(choice.id));
            });
        answer.reason = writer.stoppedByString()                            ? StopReason::StopString
                        : generated.end == language::GenerationEnd::StopId ? StopReason::EndToken
                                                                           : StopReason::Length;
    } catch (const Stopped&) {
        remember();
        if (answer.tokens.empty()) throw;
        answer.reason = StopReason::Stopped;
    } catch (...) {
        parts.cache->truncate(0);
        parts.cachedKeys.clear();
        throw;
    }
    remember();
    writer.finish();
    return std::move(answer);
}

std::vector<double> Model::score(const ChatRequest& request, const std::vector<int64_t>& answerIds,
                                 const Control& control) {
    const c10::InferenceMode inference;
    auto& parts = *m_parts;
    const auto& decoder = parts.decoder();
    chatTemplate();
    if (answerIds.empty()) return {};
    AnswerStatistics statistics;
    const auto prompt = parts.splice(request, control, statistics);
    const auto answered = static_cast<int64_t>(answerIds.size());
    if (prompt.length() + answered > parts.summary.contextTokens)
        throw Error(concat("prompt and answer have ", prompt.length() + answered, " tokens; this model reads ",
                           parts.summary.contextTokens),
                    parts.summary.folder, "Shorten the answer.");

    const auto reused = parts.reusePrefix(prompt);
    const at::Tensor inputs = at::cat({parts.embeddings(prompt, reused), decoder.embed(answerIds)}, 1);
    at::Tensor hidden;
    try {
        hidden = decoder.hidden(inputs, *parts.cache, parts.pass(control, "Scoring the answer"));
    } catch (...) {
        parts.cachedKeys.resize(std::min(parts.cachedKeys.size(), static_cast<size_t>(parts.cache->length())));
        throw;
    }
    parts.cachedKeys = prompt.keys;
    parts.cachedKeys.insert(parts.cachedKeys.end(), answerIds.begin(), answerIds.end());
    // The token at place i is predicted after the one before it.
    const at::Tensor predicting = hidden.narrow(1, hidden.size(1) - answered - 1, answered);
    const at::Tensor chances = at::log_softmax(decoder.logits(predicting).to(c10::kFloat), -1)[0];
    std::vector<double> result;
    for (int64_t i = 0; i < answered; ++i)
        result.push_back(chances[i][answerIds[static_cast<size_t>(i)]].item<double>());
    return result;
}

}  // namespace fusionscope::engine
