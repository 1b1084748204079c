#pragma once

#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string>
#include <string_view>

#include "app/cli/interruption.h"
#include "core/engine/control.h"

namespace fusionscope::cli {

/// The person's terminal: standard output for results, standard error for everything else, Ctrl-C for stopping.
class Terminal {
  public:
    /// @param commandLine how this run was started, for exports that tell how to repeat it
    explicit Terminal(std::string commandLine) : m_commandLine(std::move(commandLine)) {}

    const std::string& commandLine() const { return m_commandLine; }

    /// A task begins: Ctrl-C stops it, and how far it is appears on standard error when that is a terminal, until its
    /// first output is written.
    engine::Control beginTask();
    /// The task is over: its progress line disappears, Ctrl-C ends the program.
    void endTask();

    /// Writes to standard output at once. @throws Error when that fails (a full disk)
    void write(std::string_view text);
    void writeLine(std::string_view text) { write(std::string(text) + "\n"); }
    /// One JSON value; text that is no UTF-8 is repaired. @param indent −1: on one line
    void writeJson(const nlohmann::json& json, int indent = 1);

    /// One line on standard error.
    void say(std::string_view text);

    bool inputIsTerminal() const;
    bool outputIsTerminal() const;

  private:
    void show(const engine::Progress& progress);
    void clearProgress();

    std::string m_commandLine;
    Interruption m_interruption;
    double m_shownAt = 0;      ///< seconds of the steady clock
    bool m_progressShown = false;
    bool m_outputBegun = false;  ///< in this task: a progress line would now wipe out what is on the screen
};

}  // namespace fusionscope::cli
