#pragma once

#include <QMainWindow>
#include <optional>

#include "ui/shell/layouts.h"
#include "ui/shell/messages.h"
#include "ui/shell/start_request.h"

class QMenuBar;
class QStackedWidget;

namespace fusionscope::ui {

class Appearance;
class ChatPanel;
class CommandList;
class History;
class HistoryPanel;
class InspectorPanel;
class JobFooter;
class KnownModels;
class MediaPanel;
class ModelsPanel;
class ShortcutSheet;
struct Workspace;

/// The window: all parts, their arrangement, menus, messages and the line at the bottom. The only one that knows all parts.
class MainWindow : public QMainWindow {
    Q_OBJECT

  public:
    /// @param appearance of the application; must outlive the window
    MainWindow(Workspace& workspace, History& history, Appearance& appearance, QWidget* parent = nullptr);
    /// Stops all jobs and waits for the running ones.
    ~MainWindow() override;

    /// Shows the window, loads the model and opens the files that were asked for.
    void start(const StartRequest& request);
    /// What a second start asks for.
    void receive(const StartRequest& request);
    /// Opens a picture and asks about it as soon as there is a model.
    void openAndAsk(const QString& path, const QString& question);
    /// Pictures and folders of pictures to the media panel, checkpoints to the list of models, saved inspections to the
    /// inspector.
    void openFiles(const QStringList& paths);

    Messages& messages() { return *m_messages; }
    Layouts& layouts() { return *m_layouts; }
    KnownModels& models() { return *m_models; }
    /// Nothing is being read or computed, and nothing waits for that.
    bool isIdle() const;

  protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

  private:
    struct Question {
        QString path, text, picture;  ///< picture: its hash once it is open
    };

    void makeCentre();
    void makeDocks();
    void makeTop();
    void makeCommands();
    void makeViewCommands();
    void makeThemeCommands();
    void makeLanguageCommands();
    void makeHelpCommands();
    void connectParts();
    void offerModels();
    void openAsked(const StartRequest& request);
    void openOthers(const QStringList& paths);
    QAction* addToggle(const QString& id, const QString& text, const QKeySequence& shortcut, QDockWidget* dock);
    void showLayout(Layout layout);
    void showTitleBars(bool visible);
    void focusNextPart();
    void showModels();
    void askPending();
    bool isAnswering() const;
    void updateEscape();

    Workspace& m_workspace;
    History& m_history;
    Appearance& m_appearance;
    KnownModels* m_models;
    MediaPanel* m_media;
    ChatPanel* m_chat;
    HistoryPanel* m_historyPanel;
    InspectorPanel* m_inspector;
    ModelsPanel* m_modelsPanel;
    QStackedWidget* m_centre;
    Messages* m_messages;
    JobFooter* m_footer;
    QWidget* m_top;
    QMenuBar* m_menuBar;
    CommandList* m_commandList;
    ShortcutSheet* m_shortcutSheet;
    Docks m_docks{};
    Layouts* m_layouts = nullptr;
    QAction *m_stop = nullptr, *m_leave = nullptr;
    std::optional<Question> m_pending;
};

}  // namespace fusionscope::ui
