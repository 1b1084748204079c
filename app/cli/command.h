#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "app/cli/terminal.h"

namespace fusionscope::cli {

/// What the program returns to the shell.
enum ExitCode { Done = 0, Refused = 1, WrongUsage = 2, StoppedByPerson = 3 };

/// Runs a command with the options that were parsed; returns an ExitCode. Throws Error and Stopped.
using Action = std::function<int(Terminal&)>;

/// One command of the program. Each is defined in its own NAME_command.cpp and listed in main.cpp.
struct Command {
    const char* name;
    const char* summary;                  ///< one sentence for --help
    const char* example;                  ///< a command line that works, below its options
    Action (*prepare)(CLI::App& options); ///< declares the options, gives what to do with them
};

extern const Command infoCommand, chatCommand, taskCommand, preprocessCommand, tokenizeCommand, templateCommand,
    traceCommand, mapsCommand, convertCommand, verifyCommand, demoCommand, benchCommand, worldCommand, trainCommand;

}  // namespace fusionscope::cli
