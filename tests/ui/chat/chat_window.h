#pragma once

#include <QAbstractItemModelTester>
#include <QAction>
#include <QLabel>
#include <QPushButton>
#include <QSettings>
#include <QTemporaryDir>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>
#include <QtTest>

#include "core/session/store.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/composer.h"
#include "ui/chat/history_panel.h"
#include "ui/chat/notice.h"
#include "ui/chat/transcript_view.h"
#include "ui/common/workspace.h"

namespace fusionscope::ui {

inline const QString nano = QStringLiteral(FUSIONSCOPE_SOURCE_DIR "/models/nano");
inline const QString sample = QStringLiteral(FUSIONSCOPE_SOURCE_DIR "/resources/samples/world-beach.png");

/// Settings of tests must not be those of the person who runs them.
inline void isolateSettings(const QString& folder) {
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder);
    QCoreApplication::setOrganizationName("fusionscope-test");
}

/// The chat's two panels on a history of their own, wired as the shell does it.
struct ChatWindow {
    explicit ChatWindow(const QString& folder) : kept(folder) {
        chat = new ChatPanel(workspace, kept, &window);
        history = new HistoryPanel(workspace, kept, &window);
        auto* row = new QHBoxLayout(&window);
        row->setContentsMargins(0, 0, 0, 0);
        row->addWidget(history);
        row->addWidget(chat, 1);
        history->setFixedWidth(216);
        QObject::connect(history, &HistoryPanel::conversationChosen, chat, &ChatPanel::openConversation);
        QObject::connect(chat, &ChatPanel::conversationChanged, history, [this](qint64 id) {
            history->setCurrent(id);
            history->refresh();
        });
        window.resize(860, 720);
        window.show();
        if (!QTest::qWaitFor([this] { return kept.isOpen(); })) QTest::qFail("the history does not open", __FILE__, __LINE__);
    }
    ~ChatWindow() { workspace.shutDown(); }

    /// What is stored, beside the window.
    session::Store store() const { return session::Store(kept.folder(), {session::Access::ReadOnly, true}); }
    /// Has something stored as the window does, and waits for it.
    void write(const std::function<void(session::Store&)>& work) {
        bool done = false;
        kept.run(&window, work, [&done] { done = true; });
        if (!QTest::qWaitFor([&done] { return done; }, 20'000)) QTest::qFail("nothing was stored", __FILE__, __LINE__);
    }
    void openConversation(qint64 id) {
        QSignalSpy opened(&chat->dialogue(), &Dialogue::opened);
        chat->openConversation(id);
        if (opened.isEmpty()) opened.wait(20'000);
    }

    bool load(const QString& folder = nano) {
        QSignalSpy changed(&workspace.model, &CurrentModel::changed);
        workspace.model.load(folder);
        return changed.wait(60'000);
    }
    bool open(const QString& path) {
        QSignalSpy opened(&workspace.pictures, &Pictures::opened);
        workspace.pictures.open({path});
        if (!opened.wait(20'000)) return false;
        workspace.selection.setPicture(opened.first().first().toString());
        return true;
    }
    bool awaitAnswer() {
        return QTest::qWaitFor([this] { return chat->dialogue().isAnswering(); }, 20'000) &&
               QTest::qWaitFor([this] { return !chat->dialogue().isAnswering(); }, 60'000);
    }
    bool ask(const QString& question) {
        chat->ask(question);
        return awaitAnswer();
    }

    TranscriptModel& rows() { return chat->dialogue().transcript(); }
    const session::Turn& turn(int row) { return *rows().turn(row); }
    TranscriptView& view() { return *chat->findChild<TranscriptView*>(); }
    Composer& composer() { return *chat->findChild<Composer*>(); }
    QString said() { return chat->findChild<Notice*>()->sentence(); }
    void pressTryAgain() {
        for (auto* button : chat->findChild<Notice*>()->findChildren<QPushButton*>()) button->click();
    }
    HistoryModel& list() { return *static_cast<HistoryModel*>(history->findChild<QTreeView*>()->model()); }
    QAction* command(const QString& id) { return workspace.commands.find(id); }

    Workspace workspace;
    History kept;
    QWidget window;
    ChatPanel* chat;
    HistoryPanel* history;
};

}  // namespace fusionscope::ui
