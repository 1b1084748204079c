#include "app/cli/chat_session.h"

#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "app/cli/json_forms.h"
#include "app/cli/line_reader.h"
#include "core/files/error.h"
#include "core/text/utf8.h"

namespace fusionscope::cli {

namespace {

constexpr size_t mostLineBytes = size_t{16} << 20;

constexpr const char* help =
    "/image FILE      a picture for the next question\n"
    "/video FILE      a video for the next question\n"
    "/clear           forget the conversation\n"
    "/probabilities   how sure the model was of each token of the last answer\n"
    "/help            this list\n"
    "/quit            leave (also Ctrl-D)\n"
    "Ctrl-C stops an answer.\n";

/// A token as it can stand in a table: control characters escaped.
std::string visible(const std::string& text) {
    const auto quoted = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return quoted.substr(1, quoted.size() - 2);
}

text::ContentItem asHistory(const engine::Answer& answer) {
    std::vector<int64_t> ids;
    for (const auto& token : answer.tokens) ids.push_back(token.id);
    // The end token is the template's to write.
    if (answer.reason == engine::StopReason::EndToken && !ids.empty()) ids.pop_back();
    // What a stop string cut off is in the ids and not in the text.
    if (answer.reason == engine::StopReason::StopString) return text::ContentItem::ofText(answer.text);
    return text::ContentItem::ofAnswer(answer.text, std::move(ids));
}

}  // namespace

ChatSession::ChatSession(engine::Model& model, ChatStyle style, Terminal& terminal)
    : m_model(model), m_style(std::move(style)), m_terminal(terminal) {
    model.chatTemplate();  // a model that does not converse says so before the first question
    clear();
}

void ChatSession::clear() {
    m_messages.clear();
    m_pictures.clear();
    m_videos.clear();
    m_picturesAsked = m_videosAsked = 0;
    m_last = {};
    if (!m_style.system.empty())
        m_messages.push_back({text::Role::System, {text::ContentItem::ofText(m_style.system)}});
}

void ChatSession::requireVision() const {
    if (!m_model.summary().takesPictures)
        throw Error("is a language model that takes no pictures", m_model.summary().folder, "Ask it without one.");
}

void ChatSession::addPicture(const std::string& file) {
    requireVision();
    if (m_pictures.size() == engine::mostPictures)
        throw Error(concat("would be the chat's picture number ", m_pictures.size() + 1, "; a chat holds ", engine::mostPictures), file,
                    "Start a new chat, or leave a picture out.");
    m_pictures.push_back(engine::PictureHandle::read(file));
}

void ChatSession::addVideo(const std::string& file) {
    requireVision();
    const auto control = m_terminal.beginTask();
    auto shown = readVideo(file, m_style.frames, control);
    m_terminal.endTask();
    m_videos.push_back(std::move(shown.frames));
}

engine::StopReason ChatSession::ask(const std::string& question) {
    text::Message message{text::Role::User, {}};
    for (size_t i = m_picturesAsked; i < m_pictures.size(); ++i)
        message.content.push_back(text::ContentItem::image());
    for (size_t i = m_videosAsked; i < m_videos.size(); ++i) message.content.push_back(text::ContentItem::video());
    message.content.push_back(text::ContentItem::ofText(text::toValidUtf8(question)));

    engine::ChatRequest request{m_messages, m_pictures, m_style.generation, m_style.encoding, m_videos};
    request.messages.push_back(message);
    engine::ChatCallbacks callbacks;
    if (!m_style.json) callbacks.onText = [this](const std::string& text) { m_terminal.write(text); };
    const auto control = m_terminal.beginTask();
    m_last = m_model.chat(request, callbacks, control);
    m_terminal.endTask();

    m_messages = std::move(request.messages);
    m_messages.push_back({text::Role::Assistant, {asHistory(m_last)}});
    m_picturesAsked = m_pictures.size();
    m_videosAsked = m_videos.size();
    if (m_style.json)
        m_terminal.writeJson(toJson(m_last), -1);
    else
        m_terminal.writeLine("");
    if (m_style.probabilities && !m_style.json) printProbabilities();
    if (m_last.reason == engine::StopReason::Stopped) m_terminal.say("Stopped.");
    return m_last.reason;
}

void ChatSession::printProbabilities() const {
    for (const auto& token : m_last.tokens) {
        char number[16];
        std::snprintf(number, sizeof number, "%6.3f  ", std::exp(token.logProbability));
        std::string line(number);
        line += visible(token.text);
        for (const auto& other : token.alternatives) {
            if (other.id == token.id) continue;
            std::snprintf(number, sizeof number, " %.3f", std::exp(other.logProbability));
            line.append("   ").append(visible(other.text)).append(number);
        }
        m_terminal.writeLine(line);
    }
}

bool ChatSession::command(const std::string& line) {
    const auto split = line.find(' ');
    const auto name = line.substr(0, split);
    const auto start = split == std::string::npos ? split : line.find_first_not_of(' ', split);
    const auto argument = start == std::string::npos ? std::string() : line.substr(start);
    if (name == "/quit" || name == "/exit") return false;
    if (name == "/image" && !argument.empty())
        addPicture(argument);
    else if (name == "/video" && !argument.empty())
        addVideo(argument);
    else if (name == "/clear")
        clear();
    else if (name == "/probabilities")
        printProbabilities();
    else if (name == "/help")
        m_terminal.write(help);
    else
        throw Error("\"" + visible(line) + "\" is no command", {}, "/help lists them.");
    return true;
}

void ChatSession::prompt() const {
    if (m_terminal.inputIsTerminal()) m_terminal.write("> ");
}

bool ChatSession::answerLine(const std::string& line) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) return true;
    if (line.front() == '/') return command(line);
    ask(line);
    return true;
}

void ChatSession::converse() {
    const bool interactive = m_terminal.inputIsTerminal();
    if (interactive) m_terminal.writeLine(m_model.summary().family + " is ready. Ask, or /help.");
    prompt();
    forEachLine(std::cin, mostLineBytes, [&](const std::string& line, size_t) {
        bool goOn = true;
        try {
            goOn = answerLine(line);
        } catch (const std::exception& error) {
            // A script must hear of it; a person is told and tries again.
            if (!interactive) throw;
            m_terminal.endTask();
            m_terminal.say(dynamic_cast<const Stopped*>(&error) ? "Stopped." : error.what());
        }
        if (goOn) prompt();
        return goOn;
    });
}

}  // namespace fusionscope::cli
