#include <CLI/CLI.hpp>
#include <QApplication>
#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>
#include <QTimer>
#include <cstdlib>
#include <iostream>

#include "core/engine/version.h"
#include "core/files/error.h"
#include "core/nn/process.h"
#include "ui/chat/history.h"
#include "ui/common/workspace.h"
#include "ui/shell/appearance.h"
#include "ui/shell/first_window.h"
#include "ui/shell/language.h"
#include "ui/shell/main_window.h"

namespace {

using namespace fusionscope;

constexpr auto example =
    "\nExamples:\n"
    "  fusionscope\n"
    "  fusionscope holiday.jpg --ask \"What is in the background?\"\n"
    "  fusionscope street.png --model ~/models/florence-vl-3b --layout inspect\n"
    "  fusionscope street.png --ask \"What is written there?\" --beside ~/models/Idefics3-8B-Llama3\n"
    "  fusionscope holiday.mp4 --frames 8 --score \"a dog\"\n";

/// What only the process that draws needs to know.
struct Options {
    std::vector<std::string> files;
    int frames = 0;
    std::string model, layout, question, page, map, second, score, data, theme = "system", language, size, screenshot;

    void addTo(CLI::App& application) {
        application.add_option("FILE", files, "Pictures, folders of pictures, a video, or models to open");
        application.add_option("--model", model, "Checkpoint folder or .gguf file that answers; else the last one")->type_name("DIR");
        application.add_option("--layout", layout, "chat, inspect or present; else the last one")
            ->check(CLI::IsMember({"chat", "inspect", "present"}));
        application.add_option("--ask", question, "Ask this about the first picture")->type_name("TEXT")->needs("FILE");
        application.add_option("--page", page, "Page of the inspector: atlas, compare, frames, align or ablate")
            ->check(CLI::IsMember({"atlas", "compare", "frames", "align", "ablate"}));
        application.add_option("--map", map, "Enlarge this map, such as tower/davit/stage3, and lay it over the picture")
            ->type_name("NAME");
        application.add_option("--beside", second, "Load this model too, and ask both")->type_name("DIR");
        application.add_option("--frames", frames, "Mark so many frames of the video, evenly spread")
            ->type_name("N")
            ->check(CLI::Range(1, 64))
            ->needs("FILE");
        application.add_option("--score", score, "Plot how alike the marked frames are to these words")
            ->type_name("TEXT")
            ->needs("--frames");
        application.add_option("--data", data, "Folder of the history; each has a window of its own")->type_name("DIR");
        application.add_option("--theme", theme, "system, light or dark, for this run")
            ->check(CLI::IsMember({"system", "light", "dark"}));
        application.add_option("--language", language, "system, en or de, for this run; else the one of the settings")
            ->check(CLI::IsMember({"system", "en", "de"}));
        application.add_option("--size", size, "Of the window in pixels, such as 1280x800")->type_name("WxH");
        application.add_option("--screenshot", screenshot, "Save a picture of the window when all work is done, and quit")
            ->type_name("FILE");
    }
};

QString absolute(const std::string& path) { return QFileInfo(QString::fromStdString(path)).absoluteFilePath(); }

ui::StartRequest requestOf(const Options& options) {
    ui::StartRequest request;
    for (const auto& file : options.files) request.files.append(absolute(file));
    if (!options.model.empty()) request.model = absolute(options.model);
    request.layout = QString::fromStdString(options.layout);
    request.question = QString::fromStdString(options.question);
    request.page = QString::fromStdString(options.page);
    request.map = QString::fromStdString(options.map);
    if (!options.second.empty()) request.second = absolute(options.second);
    request.score = QString::fromStdString(options.score);
    request.frames = options.frames;
    return request;
}

QString dataFolder(const Options& options) {
    if (!options.data.empty()) return absolute(options.data);
    return QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation);
}

QString languageOf(const Options& options) {
    if (options.language.empty()) return ui::Language::chosen();
    return options.language == "system" ? QString() : QString::fromStdString(options.language);
}

std::optional<QSize> sizeOf(const std::string& text) {
    const auto parts = QString::fromStdString(text).split('x');
    const QSize size(parts.value(0).toInt(), parts.value(1).toInt());
    return parts.size() == 2 && size.width() >= 320 && size.height() >= 240 ? std::optional(size) : std::nullopt;
}

/// Saves the window when nothing has been computed for a while, and ends the program.
void saveWhenIdle(ui::MainWindow& window, const QString& file) {
    constexpr int every = 100, calmNeeded = 10;
    auto* timer = new QTimer(&window);
    QObject::connect(timer, &QTimer::timeout, &window, [&window, timer, file, calm = 0]() mutable {
        calm = window.isIdle() ? calm + 1 : 0;
        if (calm < calmNeeded) return;
        timer->stop();
        const bool saved = window.grab().save(file);
        if (!saved) std::cerr << "fusionscope: " << file.toStdString() << ": the picture cannot be written.\n";
        QCoreApplication::exit(saved ? 0 : 1);
    });
    timer->start(every);
}

int run(const Options& options) {
    const auto request = requestOf(options);
    const auto folder = dataFolder(options);
    ui::FirstWindow first(folder);
    if (first.handOver(request)) return 0;
    first.listen();  // early: requests wait until the window is there
    const ui::Language language(languageOf(options));
    ui::Appearance appearance;
    if (options.theme != "system")
        appearance.preview(options.theme == "dark" ? ui::Appearance::Choice::Dark : ui::Appearance::Choice::Light);
    ui::History history(folder);
    ui::Workspace workspace;
    ui::MainWindow window(workspace, history, appearance);
    QObject::connect(&first, &ui::FirstWindow::received, &window, &ui::MainWindow::receive);
    window.start(request);
    if (const auto size = sizeOf(options.size)) {
        window.resize(*size);
        window.layouts().reset();
    }
    if (!options.screenshot.empty()) saveWhenIdle(window, absolute(options.screenshot));
    return QApplication::exec();
}

bool hasDisplay() {
    for (const auto* variable : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
        if (const char* value = std::getenv(variable); value && *value) return true;
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    nn::prepareProcess(argv);
    CLI::App commandLine("Chat about pictures with Florence-VL and see what its depth-breadth fusion sees.", "fusionscope");
    Options options;
    options.addTo(commandLine);
    commandLine.footer(example);
    commandLine.set_version_flag("--version", std::string("Fusionscope ") + engine::version());
    try {
        commandLine.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return commandLine.exit(error);
        std::cerr << "fusionscope: " << error.what() << " (see fusionscope --help)\n";
        return 2;
    }
    if (!options.size.empty() && !sizeOf(options.size)) {
        std::cerr << "fusionscope: --size " << options.size << " is no size. Write it like 1280x800.\n";
        return 2;
    }
    if (!hasDisplay()) {
        std::cerr << "fusionscope: there is no display to draw on. Use fusionscope-cli in a terminal.\n";
        return 1;
    }
    QApplication application(argc, argv);
    QCoreApplication::setOrganizationName("fusionscope");
    QCoreApplication::setApplicationName("fusionscope");
    QCoreApplication::setApplicationVersion(QString::fromUtf8(engine::version()));
    QGuiApplication::setApplicationDisplayName("Fusionscope");
    try {
        return run(options);
    } catch (const std::exception& error) {
        std::cerr << "fusionscope: " << error.what() << '\n';
        return 1;
    }
}
