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

language::GenerationOptions settingsOf(const GenerationOptions& generation, const SplicedPrompt& prompt,
                                       const Model::Parts& parts) {
    language::GenerationOptions settings;
    settings.maxNewTokens = std::min(generation.maxNewTokens, parts.summary.contextTokens - prompt.length());
    settings.stopIds = parts.chatTemplate->stopIds(*parts.tokenizer);
    const auto& ends = parts.decoder().config().endIds;
    settings.stopIds.insert(settings.stopIds.end(), ends.begin(), ends.end());
    settings.sampling = samplingOf(generation);
    settings.alternatives = generation.alternatives;
    return settings;
}

/// Searches the whole conversation. @param keys negative as numbers where a picture stands
std::optional<language::PromptLookup> lookupIn(const std::vector<PromptKey>& keys, language::Lookup lookup) {
    if (lookup == language::Lookup::Off) return std::nullopt;
    return language::PromptLookup({keys.begin(), keys.end()}, {.weighs = lookup == language::Lookup::Auto});
}

/// Collects an answer while its tokens come.
class AnswerWriter {
  public:
    AnswerWriter(const Model::Parts& parts, const SplicedPrompt& prompt, const GenerationOptions& generation,
                 const ChatCallbacks& callbacks, const Stopwatch& sinceRequest)
        : settings(settingsOf(generation, prompt, parts)),
          m_tokenizer(*parts.tokenizer),
          m_decoder(m_tokenizer, stopsOf(generation, parts)),
          m_callbacks(callbacks),
          m_sinceRequest(sinceRequest) {
        answer.promptIds = prompt.ids;
    }

    /// False when a stop string has appeared.
    bool push(const language::TokenChoice& choice) {
        if (answer.tokens.empty()) answer.statistics.firstTokenSeconds = m_sinceRequest.seconds();
        TokenScore token{choice.id, textOf(choice.id), choice.logProbability, {}};
        for (const auto& chance : choice.alternatives)
            token.alternatives.push_back({chance.id, textOf(chance.id), chance.logProbability});
        answer.tokens.push_back(token);
        if (m_callbacks.onToken) m_callbacks.onToken(token);
        if (std::ranges::find(settings.stopIds, choice.id) == settings.stopIds.end()) say(m_decoder.push(choice.id));
        return !m_decoder.stopped();
    }
    /// The generation has come to its end.
    void end(language::GenerationEnd end) {
        answer.reason = m_decoder.stopped()                      ? StopReason::StopString
                        : end == language::GenerationEnd::StopId ? StopReason::EndToken
                                                                 : StopReason::Length;
    }
    void finish() {
        say(m_decoder.finish());
        answer.text = m_decoder.text();
        answer.statistics.generateSeconds = m_sinceRequest.seconds() - answer.statistics.firstTokenSeconds;
    }

    const language::GenerationOptions settings;
    Answer answer;

  private:
    static std::vector<std::string> stopsOf(const GenerationOptions& generation, const Model::Parts& parts) {
        auto stops = parts.chatTemplate->stopStrings(*parts.tokenizer);
        stops.insert(stops.end(), generation.stopStrings.begin(), generation.stopStrings.end());
        return stops;
    }
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
    AnswerWriter writer(*this, prompt, generation, callbacks, sinceRequest);
    auto& answer = writer.answer;
    answer.statistics = statistics;

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
        const auto generated = language::generate(
            decoder(), *cache, embeddings(prompt, reused), {}, writer.settings, pass(control, "Reading the prompt"),
            [&](const language::TokenChoice& choice) {
                if (answer.tokens.empty()) answer.statistics.prefillSeconds = sincePrefill.seconds();
                return writer.push(choice);
            },
            lookup ? &*lookup : nullptr);
        writer.end(generated.end);
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

std::vector<Answer> Model::chatEach(const std::vector<ChatRequest>& requests, const Control& control) {
    const c10::InferenceMode inference;
    const Stopwatch sinceRequest;
    chatTemplate();
    auto& parts = *m_parts;
    const ChatCallbacks nobody;
    std::vector<SplicedPrompt> prompts;
    std::vector<std::unique_ptr<AnswerWriter>> writers;
    for (const auto& request : requests) {
        samplingOf(request.generation).check();
        AnswerStatistics statistics;
        prompts.push_back(parts.splice(request, control, statistics));
        writers.push_back(
            std::make_unique<AnswerWriter>(parts, prompts.back(), request.generation, nobody, sinceRequest));
        writers.back()->answer.statistics = statistics;
    }
    if (prompts.empty()) return {};
    const int64_t shared = parts.readShared(prompts, control);
    language::generateEach(
        parts.decoder(), prompts.size(),
        [&](size_t i) {
            writers[i]->answer.statistics.reusedTokens = shared;
            return language::Beginning{parts.cache->twin(), parts.embeddings(prompts[i], shared), writers[i]->settings,
                                       [&writer = *writers[i]](const auto& choice) { return writer.push(choice); }};
        },
        [&](size_t i, const language::Generated& generated) {
            writers[i]->end(generated.end);
            writers[i]->finish();
        },
        parts.pass(control, "Answering"));
    std::vector<Answer> answers;
    for (auto& writer : writers) answers.push_back(std::move(writer->answer));
    return answers;
}

int64_t Model::Parts::readShared(const std::vector<SplicedPrompt>& prompts, const Control& control) {
    const auto& first = prompts.front().keys;
    size_t shared = first.size();
    for (const auto& [ids, keys, runs, visualTokens] : prompts) {
        const auto end = first.begin() + static_cast<std::ptrdiff_t>(std::min(shared, keys.size()));
        shared = static_cast<size_t>(std::mismatch(first.begin(), end, keys.begin()).first - first.begin());
        shared = std::min(shared, keys.size() - 1);  // something is left to be read by each
    }
    const int64_t reused = std::min(reusePrefix(prompts.front()), static_cast<int64_t>(shared));
    cache->truncate(reused);
    cachedKeys.resize(static_cast<size_t>(reused));
    if (const int64_t added = static_cast<int64_t>(shared) - reused; added > 0) {
        language::readPrompt(decoder(), *cache, embeddings(prompts.front(), reused).narrow(1, 0, added),
                             language::GenerationOptions().prefillChunk, pass(control, "Reading the prompt"));
        cachedKeys.assign(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(shared));
    }
    return static_cast<int64_t>(shared);
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
