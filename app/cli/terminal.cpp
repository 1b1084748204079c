#include "app/cli/terminal.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/files/error.h"

namespace fusionscope::cli {

namespace {

// Progress is drawn at most so often, in seconds.
constexpr double progressInterval = 0.1;

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

engine::Control Terminal::beginTask() {
    engine::Control control{m_interruption.begin(), {}};
    m_shownAt = now();
    m_outputBegun = false;
    if (isatty(STDERR_FILENO)) control.progress = [this](const engine::Progress& progress) { show(progress); };
    return control;
}

void Terminal::endTask() {
    clearProgress();
    m_interruption.end();
}

void Terminal::show(const engine::Progress& progress) {
    // What is over within one interval is not worth a line.
    if (m_outputBegun || now() - m_shownAt < progressInterval) return;
    m_shownAt = now();
    m_progressShown = true;
    std::fprintf(stderr, "\r\x1b[K%s %.0f %%", progress.task.c_str(), 100 * progress.share);
    std::fflush(stderr);
}

void Terminal::clearProgress() {
    if (!m_progressShown) return;
    m_progressShown = false;
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
}

void Terminal::write(std::string_view text) {
    clearProgress();
    m_outputBegun = true;
    std::cout.write(text.data(), static_cast<std::streamsize>(text.size())).flush();
    if (!std::cout) throw Error("could not be written to", "standard output", "Is the disk full?");
}

void Terminal::writeJson(const nlohmann::json& json, int indent) {
    writeLine(json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace));
}

void Terminal::say(std::string_view text) {
    clearProgress();
    std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
}

bool Terminal::inputIsTerminal() const { return isatty(STDIN_FILENO) != 0; }
bool Terminal::outputIsTerminal() const { return isatty(STDOUT_FILENO) != 0; }

}  // namespace fusionscope::cli
