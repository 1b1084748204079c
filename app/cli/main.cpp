#include <algorithm>
#include <array>
#include <exception>
#include <filesystem>
#include <iostream>
#include <new>
#include <span>

#include "app/cli/command.h"
#include "core/engine/version.h"
#include "core/files/error.h"
#include "core/nn/process.h"
#include "ui/export/command_line.h"

namespace {

using namespace fusionscope;

constexpr std::array commands = {
    &cli::chatCommand,     &cli::taskCommand,       &cli::mapsCommand,    &cli::alignCommand, &cli::ablateCommand,
    &cli::traceCommand,    &cli::infoCommand,       &cli::verifyCommand,  &cli::convertCommand, &cli::demoCommand,
    &cli::benchCommand,    &cli::tokenizeCommand,   &cli::templateCommand, &cli::preprocessCommand, &cli::worldCommand,
    &cli::evaluateCommand, &cli::trainCommand,
};

constexpr const char* footer =
    "Exit codes: 0 done, 1 refused input, 2 wrong usage, 3 stopped.\n"
    "\n"
    "Example:\n"
    "  fusionscope-cli chat --image photo.jpg \"What is in the picture?\"";

/// The first line of a message: errors of libraries may append a stack trace.
std::string firstLine(const char* message) {
    const std::string text(message);
    return text.substr(0, text.find('\n'));
}

int run(const cli::Action& action, std::string line) {
    cli::Terminal terminal(std::move(line));
    int code = cli::Done;
    std::string complaint;
    try {
        code = action(terminal);
    } catch (const Stopped&) {
        code = cli::StoppedByPerson;
        complaint = "Stopped.";
    } catch (const CLI::ParseError& error) {  // options that do not go together
        code = cli::WrongUsage;
        complaint = "fusionscope-cli: " + firstLine(error.what());
    } catch (const std::bad_alloc&) {
        code = cli::Refused;
        complaint = "fusionscope-cli: there is not enough memory.";
    } catch (const std::exception& error) {
        code = cli::Refused;
        complaint = "fusionscope-cli: " + firstLine(error.what());
    }
    terminal.endTask();
    if (!complaint.empty()) terminal.say(complaint);
    return code;
}

int refuseUsage(const CLI::App& application, const CLI::ParseError& error, std::span<char*> arguments) {
    std::string name = application.get_name();
    for (const auto* command : application.get_subcommands()) name += " " + command->get_name();
    auto complaint = firstLine(error.what());
    const auto isWord = [](const char* argument) { return argument[0] != '-'; };
    if (const auto word = std::ranges::find_if(arguments, isWord);
        application.get_subcommands().empty() && word != arguments.end())
        complaint = "there is no command \"" + std::string(*word) + "\"";
    std::cerr << name << ": " << complaint << " (see " << name << " --help)\n";
    return cli::WrongUsage;
}

}  // namespace

int main(int argc, char** argv) {
    fusionscope::nn::prepareProcess(argv);
    CLI::App application("Talk about pictures with Florence-VL and see what its depth-breadth fusion sees.",
                         "fusionscope-cli");
    application.footer(footer);
    application.set_version_flag("--version", std::string("Fusionscope ") + engine::version());
    application.require_subcommand(1);
    cli::Action chosen;
    for (const auto* command : commands) {
        auto* options = application.add_subcommand(command->name, command->summary);
        options->footer(std::string("\nExample:\n  fusionscope-cli ") + command->example);
        options->callback([&chosen, action = command->prepare(*options)] { chosen = action; });
    }
    try {
        application.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return application.exit(error);
        return refuseUsage(application, error, {argv + 1, argv + argc});
    } catch (const Error& error) {  // an option's value that only the engine can judge
        std::cerr << "fusionscope-cli: " << error.what() << "\n";
        return cli::WrongUsage;
    }
    return run(chosen, exporting::commandLine({argv + 1, argv + argc}));
}
