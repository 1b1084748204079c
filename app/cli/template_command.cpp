#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/cli/command.h"
#include "app/cli/line_reader.h"
#include "app/cli/model_options.h"
#include "core/engine/checkpoint_text.h"
#include "core/files/error.h"
#include "core/files/json.h"
#include "core/files/model_folder.h"

namespace fusionscope::cli {

namespace {

constexpr size_t mostBytes = size_t{64} << 20;
constexpr files::JsonLimits limits{mostBytes, 1'000'000, 16};

struct Options {
    ModelOptions model;
    std::string file;
    bool closed = false, parseSpecial = false, list = false;
};

text::Role roleNamed(const files::Fields& fields) {
    const auto role = fields.text("role");
    if (role == "system") return text::Role::System;
    if (role == "user") return text::Role::User;
    if (role == "assistant") return text::Role::Assistant;
    fields.refuse("role", "is \"" + role + "\", expected system, user or assistant");
}

/// What is said, and when the frames of each of its videos are shown.
struct Conversation {
    std::vector<text::Message> messages;
    std::vector<text::VideoTimes> videos;
};

text::ContentItem itemOf(const nlohmann::json& json, const std::string& where, std::vector<text::VideoTimes>& videos) {
    const files::Fields fields(json, where);
    const auto type = fields.text("type");
    if (type == "text") return text::ContentItem::ofText(fields.text("text"));
    if (type == "image") return text::ContentItem::image();
    if (type != "video") fields.refuse("type", "is \"" + type + "\", expected text, image or video");
    text::VideoTimes times{fields.numbers("seconds"), 0};
    times.duration = fields.numberOr("duration", times.seconds.empty() ? 0 : times.seconds.back());
    videos.push_back(std::move(times));
    return text::ContentItem::video();
}

text::Message messageOf(const nlohmann::json& json, const std::string& where, std::vector<text::VideoTimes>& videos) {
    const files::Fields fields(json, where);
    text::Message message{roleNamed(fields), {}};
    const auto* content = fields.find("content");
    if (content && content->is_array()) {
        for (const auto& item : *content) message.content.push_back(itemOf(item, where, videos));
    } else {
        message.content.push_back(text::ContentItem::ofText(fields.text("content")));
    }
    return message;
}

/// A list of messages, or an object that holds one as "messages".
Conversation conversationIn(const nlohmann::json& json, const std::string& where) {
    const auto* list = &json;
    if (json.is_object()) {
        list = files::Fields(json, where).find("messages");
        if (!list) throw Error("has no \"messages\"", where);
    }
    if (!list->is_array()) throw Error("is no list of messages", where, R"(Expected [{"role": "user", "content": "…"}].)");
    Conversation conversation;
    for (size_t i = 0; i < list->size(); ++i)
        conversation.messages.push_back(messageOf((*list)[i], concat(where, ", message ", i + 1), conversation.videos));
    return conversation;
}

std::string readInput(const std::string& file) {
    if (file.empty() || file == "-") return readAll(std::cin, mostBytes);
    std::ifstream in(file, std::ios::binary);
    if (!in) throw Error("cannot be read", file);
    return readAll(in, mostBytes);
}

int run(const Options& options, Terminal& terminal) {
    if (options.list) {
        for (const auto& name : text::ChatTemplate::names()) terminal.writeLine(name);
        return Done;
    }
    const auto folder = files::ModelFolder::open(options.model.path());
    const auto tokenizer = engine::loadCheckpointTokenizer(folder);
    const auto written = engine::checkpointChatTemplate(folder, *tokenizer, options.model.load.chatTemplate);
    if (!written)
        throw Error("does not tell how it writes conversations", folder.path().string(), "Name a template with --template.");
    const auto where = options.file.empty() || options.file == "-" ? "standard input" : options.file;
    auto conversation = conversationIn(files::parseJson(readInput(options.file), where, limits), where);
    if (written->writesFrames()) conversation.messages = written->withFrames(conversation.messages, conversation.videos);
    const auto prompt = written->render(conversation.messages, !options.closed);
    text::PromptOptions promptOptions;
    promptOptions.parseSpecial = options.parseSpecial;
    const auto encoded = written->encode(prompt, *tokenizer, promptOptions);
    terminal.writeJson({{"template", written->name()},
                        {"prompt", prompt.text()},
                        {"ids", encoded.ids},
                        {"images", encoded.images},
                        {"videos", encoded.videos},
                        {"stop_ids", written->stopIds(*tokenizer)},
                        {"stop_strings", written->stopStrings(*tokenizer)}},
                       -1);
    return Done;
}

Action prepare(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    options->model.addFolderTo(app);
    app.add_option("FILE", options->file,
                   "Messages as JSON, [{\"role\": \"user\", \"content\": [{\"type\": \"image\"}, {\"type\": \"text\", "
                   "\"text\": \"…\"}]}], also {\"type\": \"video\", \"seconds\": [0, 1.5], \"duration\": 3}; without it or as - "
                   "from standard input");
    app.add_option("--template", options->model.load.chatTemplate, "A template by name, in place of the checkpoint's way")
        ->check(acceptedBy([](const std::string& text) { text::ChatTemplate::named(text); }, "NAME"));
    app.add_flag("--closed", options->closed, "Do not open the assistant's next turn");
    app.add_flag("--parse-special", options->parseSpecial,
                 "Let special tokens typed in messages act as such, as the original programs do");
    app.add_flag("--list", options->list, "Print the names of the templates");
    return [options](Terminal& terminal) { return run(*options, terminal); };
}

}  // namespace

const Command templateCommand = {
    "template",
    "Write a conversation the way a checkpoint reads it: the prompt and its ids.",
    "template --model models/nano messages.json",
    prepare,
};

}  // namespace fusionscope::cli
