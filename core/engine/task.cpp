#include <ATen/ATen.h>

#include "core/engine/model_parts.h"
#include "core/models/florence_tasks.h"
#include "core/text/stream_decoder.h"

namespace fusionscope::engine {

TaskAnswer Model::task(const TaskRequest& request, const Control& control) {
    const c10::InferenceMode inference;
    auto& parts = *m_parts;
    const auto& florence = parts.florence2();
    const auto& task = models::florenceTask(request.task);
    const auto prompt = models::florencePrompt(task, request.text);
    // Regions are written as location tokens, so the person's part may hold those.
    const auto& tokenizer = parts.tower();
    const auto promptIds = tokenizer.encode(prompt, {.addSpecial = true, .parseSpecial = true});

    TaskAnswer result;
    result.promptIds = promptIds;
    Stopwatch watch;
    const auto encoded =
        florence.encode(parts.picturesForTasks(request.picture), promptIds, parts.pass(control, "Encoding the picture"));
    ++parts.towerRuns;
    result.encodeSeconds = watch.seconds();

    auto options = florence.defaults();
    if (request.beams < 0 || request.beams > 64)
        throw Error(concat(request.beams, " beams"), "request", "Give a number from 1 to 64.");
    if (request.beams > 0) options.beams = request.beams;
    if (request.maxNewTokens > 0) options.maxNewTokens = request.maxNewTokens;
    options.maxNewTokens = std::min(options.maxNewTokens, florence.decoder().longest() - 1);
    text::StreamDecoder stream(tokenizer);
    const auto onToken = [&](int64_t id, double) {
        const auto text = stream.push(id);
        if (request.onText && !text.empty()) request.onText(text);
    };
    watch = {};
    const auto generated = florence.generate(encoded, options, parts.pass(control, "Answering"), onToken);
    result.generateSeconds = watch.seconds();
    result.ids = generated.ids;
    result.score = generated.score;
    result.generatedText = tokenizer.decode(generated.ids);

    const auto size = request.picture.size();
    auto answer = models::readFlorenceAnswer(task, result.generatedText, {size.width, size.height});
    // The original reader of quads leaves the mark that every answer begins with in the first label; generatedText has it.
    constexpr std::string_view mark = "</s>";
    for (auto& region : answer.regions)
        if (region.label.starts_with(mark)) region.label.erase(0, mark.size());
    result.answer = std::make_shared<const models::FlorenceAnswer>(std::move(answer));
    return result;
}

}  // namespace fusionscope::engine
