#include "ui/shell/main_window.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QDir>
#include <QDockWidget>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QMenuBar>
#include <QMimeData>
#include <QPushButton>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTimer>
#include <QUrl>

#include "ui/chat/chat_panel.h"
#include "ui/chat/history.h"
#include "ui/chat/history_panel.h"
#include "ui/common/workspace.h"
#include "ui/inspect/inspector_panel.h"
#include "ui/inspect/second_model_bar.h"
#include "ui/media/media_panel.h"
#include "ui/models/known_models.h"
#include "ui/models/model_button.h"
#include "ui/models/models_panel.h"
#include "ui/shell/appearance.h"
#include "ui/shell/command_list.h"
#include "ui/shell/job_footer.h"
#include "ui/shell/language.h"
#include "ui/shell/menus.h"
#include "ui/shell/shortcut_sheet.h"
#include "ui/shell/welcome.h"

namespace fusionscope::ui {

namespace {

}  // namespace

MainWindow::MainWindow(Workspace& workspace, History& history, Appearance& appearance, QWidget* parent)
    : QMainWindow(parent),
      m_workspace(workspace),
      m_history(history),
      m_appearance(appearance),
      m_models(new KnownModels(workspace, this)),
      m_media(new MediaPanel(workspace)),
      m_chat(new ChatPanel(workspace, history)),
      m_historyPanel(new HistoryPanel(workspace, history)),
      m_inspector(new InspectorPanel(workspace)),
      m_modelsPanel(new ModelsPanel(workspace, *m_models, this)) {
    setWindowTitle(tr("Fusionscope"));
    setAcceptDrops(true);
    setDockOptions(AnimatedDocks | AllowNestedDocks | AllowTabbedDocks);
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    m_modelsPanel->setWindowFlag(Qt::Dialog);
    makeCentre();
    makeDocks();
    m_footer = new JobFooter(workspace, {&workspace.worker, &workspace.secondWorker, &m_models->worker(), &workspace.reader});
    statusBar()->setSizeGripEnabled(false);
    statusBar()->addWidget(m_footer, 1);
    makeCommands();
    makeTop();
    m_commandList = new CommandList(workspace.commands, this);
    m_shortcutSheet = new ShortcutSheet(workspace.commands, this);
    connectParts();
    updateEscape();
    const auto tell = [this] {
        for (const auto& sentence : m_history.sentences()) m_messages->show({Message::Kind::Warning, sentence});
    };
    connect(&history, &History::opened, this, tell);
    tell();
}

MainWindow::~MainWindow() { m_workspace.shutDown(); }

void MainWindow::makeCentre() {
    m_centre = new QStackedWidget;
    auto* welcome = new Welcome(m_workspace);
    m_centre->addWidget(welcome);
    m_centre->addWidget(m_media);
    setCentralWidget(m_centre);
    connect(welcome, &Welcome::sampleChosen, this, [this](const QString& path, const QString& question) {
        m_layouts->choose(Layout::Inspect);
        openAndAsk(path, question);
    });
    const auto choose = [this, welcome] {
        const bool none = m_workspace.pictures.order().isEmpty();
        // A stack is as wide as its widest page, and the samples are wide.
        const auto policy = none ? QSizePolicy::Preferred : QSizePolicy::Ignored;
        welcome->setSizePolicy(policy, policy);
        m_centre->setCurrentIndex(none ? 0 : 1);
    };
    connect(&m_workspace.pictures, &Pictures::opened, this, choose);
    connect(&m_workspace.pictures, &Pictures::closed, this, choose);
}

void MainWindow::makeDocks() {
    const auto dock = [this](const QString& title, const QString& name, QWidget* part, Qt::DockWidgetArea area) {
        auto* result = new QDockWidget(title, this);
        result->setObjectName(name);
        result->setWidget(part);
        result->setFeatures(QDockWidget::DockWidgetMovable | QDockWidget::DockWidgetFloatable | QDockWidget::DockWidgetClosable);
        addDockWidget(area, result);
        return result;
    };
    m_docks = {dock(tr("History"), "history", m_historyPanel, Qt::LeftDockWidgetArea),
               dock(tr("Chat"), "chat", m_chat, Qt::BottomDockWidgetArea),
               dock(tr("Inspector"), "inspector", m_inspector, Qt::RightDockWidgetArea)};
    m_layouts = new Layouts(*this, m_docks);
    connect(m_layouts, &Layouts::changed, this, &MainWindow::showLayout);
    showTitleBars(false);
}

void MainWindow::makeTop() {
    m_menuBar = new QMenuBar;
    m_menuBar->setNativeMenuBar(false);
    m_menuBar->setAccessibleName(tr("Menu"));
    new Menus(m_workspace.commands, *m_menuBar, *this);
    m_messages = new Messages;

    auto* line = new QWidget;
    line->setObjectName("top");
    line->setAttribute(Qt::WA_StyledBackground);
    auto* row = new QHBoxLayout(line);
    row->setContentsMargins(0, 0, 12, 0);
    row->setSpacing(8);
    row->addWidget(m_menuBar, 1);
    for (const auto layout : {Layout::Chat, Layout::Inspect, Layout::Present}) {
        auto* action = m_workspace.commands.find("layout." + layoutName(layout));
        auto* button = new QPushButton(action->text());
        button->setObjectName("layoutButton");
        button->setCheckable(true);
        button->setToolTip(action->toolTip());
        button->setAccessibleName(tr("%1 layout").arg(action->text()));
        connect(button, &QPushButton::clicked, action, &QAction::trigger);
        const auto mark = [button, layout](Layout current) { button->setChecked(layout == current); };
        connect(m_layouts, &Layouts::changed, button, mark);
        connect(button, &QPushButton::clicked, this, [this, mark] { mark(m_layouts->current()); });
        row->addWidget(button);
    }
    row->addWidget(new ModelButton(m_workspace, *m_models));

    m_top = new QWidget;
    auto* column = new QVBoxLayout(m_top);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(line);
    column->addWidget(m_messages);
    setMenuWidget(m_top);
}

void MainWindow::makeCommands() {
    auto& commands = m_workspace.commands;
    commands.add("model.add", tr("Model"), tr("&Add a model’s folder…"), {}, [this] {
        showModels();
        m_modelsPanel->chooseFolder();
    }, "folder-plus");
    commands.add("model.list", tr("Model"), tr("&Models…"), QKeySequence("Ctrl+M"), [this] { showModels(); }, "package");
    makeViewCommands();
    makeThemeCommands();
    makeLanguageCommands();
    makeHelpCommands();
    m_stop = commands.add("window.stop", tr("Window"), tr("&Stop what is computed"), QKeySequence(Qt::Key_Escape),
                          [this] { m_footer->stop(); }, "circle-stop");
    m_leave = commands.add("window.leave", tr("Window"), tr("&Leave the presentation"), QKeySequence(Qt::Key_Escape),
                           [this] { m_layouts->choose(Layout::Inspect); });
    commands.add("file.quit", tr("File"), tr("&Quit"), QKeySequence::Quit, [this] { close(); });
}

void MainWindow::makeViewCommands() {
    auto& commands = m_workspace.commands;
    const auto layout = [&](Layout which, const QString& text, const QString& shortcut, const QString& iconName) {
        commands.add("layout." + layoutName(which), tr("Window"), text, QKeySequence(shortcut),
                     [this, which] { m_layouts->choose(which); }, iconName);
    };
    layout(Layout::Chat, tr("Chat"), "Ctrl+1", "message-square");
    layout(Layout::Inspect, tr("Inspect"), "Ctrl+2", "microscope");
    layout(Layout::Present, tr("Present"), "Ctrl+3", "presentation");
    addToggle("window.history", tr("Show the &history"), QKeySequence("F7"), m_docks.history);
    addToggle("window.chat", tr("Show the &chat"), QKeySequence("F8"), m_docks.chat);
    addToggle("window.inspector", tr("Show the &inspector"), QKeySequence("F9"), m_docks.inspector);
    auto* move = commands.add("window.move", tr("Window"), tr("&Move panels"), {}, [this] {
        showTitleBars(m_workspace.commands.find("window.move")->isChecked());
    });
    move->setCheckable(true);
    commands.add("window.reset", tr("Window"), tr("&Arrange anew"), {}, [this] { m_layouts->reset(); });
    commands.add("window.next", tr("Window"), tr("&Next panel"), QKeySequence("F6"), [this] { focusNextPart(); });
}

void MainWindow::makeThemeCommands() {
    auto* group = new QActionGroup(this);
    const auto theme = [&](Appearance::Choice choice, const QString& id, const QString& text, const QString& iconName) {
        auto* action = m_workspace.commands.add(id, tr("View"), text, {}, [this, choice] { m_appearance.choose(choice); }, iconName);
        action->setCheckable(true);
        action->setChecked(m_appearance.choice() == choice);
        group->addAction(action);
    };
    theme(Appearance::Choice::System, "theme.system", tr("Theme of the &system"), {});
    theme(Appearance::Choice::Light, "theme.light", tr("&Light theme"), "sun");
    theme(Appearance::Choice::Dark, "theme.dark", tr("&Dark theme"), "moon");
}

void MainWindow::makeLanguageCommands() {
    auto* group = new QActionGroup(this);
    const auto add = [&](const QString& language, const QString& text) {
        const auto id = "language." + (language.isEmpty() ? QString("system") : language);
        auto* action = m_workspace.commands.add(id, tr("View"), text, {}, [this, language] {
            Language::choose(language);
            m_messages->show({Message::Kind::Note, tr("The language changes at the next start.")});
        });
        action->setCheckable(true);
        action->setChecked(Language::chosen() == language);
        group->addAction(action);
    };
    add({}, tr("Lan&guage of the system"));
    for (const auto& language : Language::all()) add(language, Language::nameOf(language));
}

void MainWindow::makeHelpCommands() {
    auto& commands = m_workspace.commands;
    commands.add("help.commands", tr("Help"), tr("&Find a command…"), QKeySequence("Ctrl+K"),
                 [this] { m_commandList->open(); }, "search");
    commands.add("help.shortcuts", tr("Help"), tr("&Shortcuts"), QKeySequence("F1"), [this] { m_shortcutSheet->open(); },
                 "keyboard");
    commands.add("help.about", tr("Help"), tr("&About Fusionscope"), {}, [this] {
        m_messages->show({Message::Kind::Note,
                          tr("Fusionscope %1: chat about pictures with Florence-VL and see what it sees. Free software under "
                             "GPL-3.0-or-later; nothing leaves this computer.")
                              .arg(QCoreApplication::applicationVersion())});
    }, "info");
}

QAction* MainWindow::addToggle(const QString& id, const QString& text, const QKeySequence& shortcut, QDockWidget* dock) {
    auto* action = m_workspace.commands.add(id, tr("Window"), text, shortcut, [dock] { dock->setVisible(dock->isHidden()); });
    action->setCheckable(true);
    connect(dock->toggleViewAction(), &QAction::toggled, action, &QAction::setChecked);
    return action;
}

void MainWindow::connectParts() {
    connect(m_historyPanel, &HistoryPanel::conversationChosen, m_chat, &ChatPanel::openConversation);
    connect(m_chat, &ChatPanel::conversationChanged, m_historyPanel, &HistoryPanel::setCurrent);
    connect(m_chat, &ChatPanel::conversationChanged, m_historyPanel, &HistoryPanel::refresh);
    connect(m_footer, &JobFooter::busyChanged, this, &MainWindow::updateEscape);
    if (auto* answer = m_workspace.commands.find("chat.stop")) connect(answer, &QAction::changed, this, &MainWindow::updateEscape);
    connect(m_media, &MediaPanel::said, this,
            [this](const QString& sentence) { m_messages->show({Message::Kind::Warning, sentence}); });
    connect(m_media, &MediaPanel::othersGiven, this, &MainWindow::openOthers);
    connect(m_chat, &ChatPanel::othersGiven, this, &MainWindow::openFiles);
    connect(&m_workspace.pictures, &Pictures::failed, this, [this] { m_pending.reset(); });
    connect(&m_workspace.pictures, &Pictures::opened, this, [this](const QString& hash) {
        const auto picture = m_workspace.pictures.find(hash);
        if (!m_pending || !picture || picture->path != m_pending->path) return;
        m_pending->picture = hash;
        askPending();
    });
    connect(&m_workspace.model, &CurrentModel::changed, this, &MainWindow::askPending);
    connect(&m_workspace.model, &CurrentModel::failed, this, [this](const QString& folder, const QString& message) {
        if (message.isEmpty()) return;
        m_messages->show({Message::Kind::Warning, message, tr("Models…"), [this, folder] {
            showModels();
            m_modelsPanel->add(folder);
        }});
    });
    for (const auto changed : {&KnownModels::rowsInserted, &KnownModels::rowsRemoved})
        connect(m_models, changed, this, &MainWindow::offerModels);
    connect(m_models, &KnownModels::dataChanged, this, &MainWindow::offerModels);
    offerModels();
    connect(m_models, &KnownModels::crashedBefore, this, [this](const QString& path) {
        m_messages->show({Message::Kind::Warning,
                          tr("Fusionscope ended while it was loading %1 the last time, so it was not loaded again.")
                              .arg(QDir::toNativeSeparators(path)),
                          tr("Load anyway"), [this, path] { m_models->loadAnyway(path); }});
        if (!m_workspace.model.facts() && !m_workspace.model.isLoading() && path != m_models->bundled() &&
            !m_models->bundled().isEmpty())
            m_models->load(m_models->bundled());
    });
}

void MainWindow::offerModels() {
    QList<ModelChoice> models;
    for (int row = 0; row < m_models->rowCount(); ++row)
        models.append({m_models->title(row), m_models->at(row).path, m_models->options(m_models->at(row).path)});
    m_inspector->setModels(models);
}

void MainWindow::start(const StartRequest& request) {
    const auto last = layoutNamed(QSettings().value("window/layout").toString());
    m_layouts->restore(layoutNamed(request.layout).value_or(last.value_or(Layout::Inspect)));
    show();
    const auto model = request.model.isEmpty() ? m_models->lastUsed() : request.model;
    if (!model.isEmpty()) m_models->load(model);
    if (!m_models->bundledProblem().isEmpty()) m_messages->show({Message::Kind::Warning, m_models->bundledProblem()});
    openAsked(request);
}

void MainWindow::openAsked(const StartRequest& request) {
    if (!request.page.isEmpty()) m_inspector->showPage(request.page);
    if (!request.map.isEmpty()) m_inspector->showMap(request.map);
    if (!request.score.isEmpty()) m_inspector->scoreFrames(request.score);
    if (request.frames > 0) m_media->markFrames(request.frames);
    openFiles(request.files);
    if (!request.second.isEmpty()) m_inspector->compareWith(request.second, request.question);
    // With frames to look at, the question waits for whoever sees them.
    else if (!request.question.isEmpty() && !request.files.isEmpty() && request.frames == 0)
        openAndAsk(request.files.front(), request.question);
}

void MainWindow::receive(const StartRequest& request) {
    if (const auto layout = layoutNamed(request.layout)) m_layouts->choose(*layout);
    if (!request.model.isEmpty()) m_models->load(request.model);
    openAsked(request);
    setWindowState(windowState() & ~Qt::WindowMinimized);
    raise();
    activateWindow();
}

void MainWindow::openFiles(const QStringList& paths) {
    if (!paths.isEmpty()) m_media->open(paths);
}

void MainWindow::openOthers(const QStringList& paths) {
    for (const auto& path : paths) {
        if (QFileInfo(path).suffix().toLower() == "fscope") {
            m_docks.inspector->show();
            m_inspector->openInspection(path);
        } else {
            showModels();
            m_modelsPanel->add(path);
        }
    }
}

void MainWindow::openAndAsk(const QString& path, const QString& question) {
    m_pending = Question{QFileInfo(path).absoluteFilePath(), question, {}};
    m_workspace.pictures.open({path});
}

void MainWindow::askPending() {
    if (!m_pending || m_pending->picture.isEmpty() || !m_workspace.model.facts()) return;
    const auto question = *std::exchange(m_pending, std::nullopt);
    m_workspace.selection.setPicture(question.picture);
    m_chat->ask(question.text);
}

bool MainWindow::isIdle() const {
    const auto& model = m_workspace.model;
    const bool willAsk = m_pending && (m_pending->picture.isEmpty() || model.isLoading() || model.facts());
    return !willAsk && !isAnswering() && m_media->isIdle() && m_history.isIdle() && m_workspace.worker.isIdle() && m_workspace.secondWorker.isIdle() &&
           m_workspace.reader.isIdle() && m_models->worker().isIdle();
}

void MainWindow::showLayout(Layout layout) {
    const bool present = layout == Layout::Present;
    m_top->setVisible(!present);
    statusBar()->setVisible(!present);
    m_appearance.setTextScale(present ? 1.6 : 1.0);
    updateEscape();
}

void MainWindow::showTitleBars(bool visible) {
    for (auto* dock : {m_docks.history, m_docks.chat, m_docks.inspector}) {
        auto* before = dock->titleBarWidget();
        dock->setTitleBarWidget(visible ? nullptr : new QWidget(dock));
        delete before;
    }
}

void MainWindow::focusNextPart() {
    const QList<QWidget*> parts{m_historyPanel, m_centre, m_chat, m_inspector};
    const auto* focused = QApplication::focusWidget();
    qsizetype current = -1;
    for (qsizetype i = 0; i < parts.size(); ++i)
        if (focused && (parts[i] == focused || parts[i]->isAncestorOf(focused))) current = i;
    for (qsizetype step = 1; step <= parts.size(); ++step) {
        const auto* part = parts[(current + step + parts.size()) % parts.size()];
        if (!part->isVisible()) continue;
        for (auto* child : part->findChildren<QWidget*>()) {
            if (!child->isVisible() || !child->isEnabled() || !(child->focusPolicy() & Qt::TabFocus)) continue;
            child->setFocus(Qt::TabFocusReason);
            return;
        }
    }
}

void MainWindow::showModels() {
    m_modelsPanel->show();
    m_modelsPanel->raise();
    m_modelsPanel->activateWindow();
}

bool MainWindow::isAnswering() const {
    const auto* stop = m_workspace.commands.find("chat.stop");
    return stop && stop->isEnabled();
}

void MainWindow::updateEscape() {
    // One of them at a time: what the chat answers, what else is computed, the presentation.
    const bool answering = isAnswering(), busy = m_footer->isBusy();
    m_stop->setEnabled(busy && !answering);
    m_leave->setEnabled(m_layouts->current() == Layout::Present && !busy && !answering);
}

void MainWindow::closeEvent(QCloseEvent* event) {
    m_layouts->save();
    QMainWindow::closeEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
    if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
    QStringList paths;
    for (const auto& url : event->mimeData()->urls())
        if (url.isLocalFile()) paths.append(url.toLocalFile());
    openFiles(paths);
    event->acceptProposedAction();
}

}  // namespace fusionscope::ui
