#include <iostream>

#include "app/cli/chat_session.h"
#include "app/cli/command.h"
#include "app/cli/line_reader.h"
#include "app/cli/model_options.h"
#include "core/files/error.h"

namespace fusionscope::cli {

namespace {

constexpr size_t mostPromptBytes = size_t{16} << 20;

struct Options {
    ModelOptions model;
    EncodingOptions encoding;
    GenerationChoice generation;
    std::vector<std::string> pictures, videos;
    FrameChoice frames;
    std::string system, prompt;
    int alternatives = 0;
    bool json = false, probabilities = false;
};

int run(const Options& options, Terminal& terminal) {
    const auto control = terminal.beginTask();
    const auto model = options.model.open(control);
    ChatStyle style;
    style.generation = options.generation.over(*model);
    style.generation.alternatives = options.alternatives;
    style.encoding = options.encoding.over(*model);
    style.system = options.system;
    style.json = options.json;
    style.probabilities = options.probabilities;
    style.frames = options.frames;
    ChatSession session(*model, std::move(style), terminal);
    for (const auto& picture : options.pictures) session.addPicture(picture);
    terminal.endTask();
    for (const auto& video : options.videos) session.addVideo(video);

    if (options.prompt.empty()) {
        session.converse();
        return Done;
    }
    const auto question = options.prompt == "-" ? readAll(std::cin, mostPromptBytes) : options.prompt;
    return session.ask(question) == engine::StopReason::Stopped ? StoppedByPerson : Done;
}

Action prepare(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    options->model.addTo(app);
    app.add_option("--image", options->pictures, "A picture to talk about; may be repeated")
        ->allow_extra_args(false)
        ->type_name("F");
    app.add_option("--video", options->videos, "A video to talk about; may be repeated")
        ->allow_extra_args(false)
        ->type_name("F");
    options->frames.addTo(app);
    app.add_option("--system", options->system, "System message, in place of the template's own");
    options->generation.addTo(app);
    options->encoding.addTo(app);
    app.add_flag("--probabilities", options->probabilities, "Print each token's probability after the answer");
    app.add_option("--alternatives", options->alternatives, "Most probable tokens to report beside each one")
        ->check(CLI::Range(0, 100))
        ->type_name("N");
    app.add_flag("--json", options->json,
                 "Print JSON: prompt ids, generated ids, log-probabilities, text, timings; one line an answer");
    app.add_option("PROMPT", options->prompt,
                   "Question; - reads it from standard input. Without one: a conversation, a question a line");
    return [options](Terminal& terminal) { return run(*options, terminal); };
}

}  // namespace

const Command chatCommand = {
    "chat",
    "Ask about pictures; the answer streams.",
    "chat --image photo.jpg \"How many boats are there?\"\n"
    "  fusionscope-cli chat --video clip.mp4 --every 2 \"What happens?\"",
    prepare,
};

}  // namespace fusionscope::cli
