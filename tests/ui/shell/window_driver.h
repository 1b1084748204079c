#pragma once

#include <QApplication>
#include <QSettings>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <memory>

#include "core/session/store.h"
#include "ui/chat/history.h"
#include "ui/common/workspace.h"
#include "ui/shell/appearance.h"
#include "ui/shell/main_window.h"

namespace fusionscope::tests {

/// Settings of the test alone, thrown away with it.
class OwnSettings {
  public:
    OwnSettings() {
        QCoreApplication::setOrganizationName("fusionscope-tests");
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_folder.path());
    }

  private:
    QTemporaryDir m_folder;
};

/// A whole window with its history, to be used like a person would and awaited.
class WindowDriver {
  public:
    explicit WindowDriver(const QString& dataFolder) : m_history(dataFolder), m_window(m_workspace, m_history, m_appearance) {}

    ui::Workspace& workspace() { return m_workspace; }
    ui::MainWindow& window() { return m_window; }
    ui::History& history() { return m_history; }
    /// What is stored, beside the window.
    session::Store store() const { return session::Store(m_history.folder(), {session::Access::ReadOnly, true}); }
    ui::Appearance& appearance() { return m_appearance; }

    void start(const ui::StartRequest& request = {}) {
        m_window.start(request);
        QVERIFY(QTest::qWaitForWindowExposed(&m_window));
    }
    /// Nothing is computed any more, and what was computed has arrived.
    [[nodiscard]] bool awaitIdle(int milliseconds = 120'000) {
        return QTest::qWaitFor([this] {
            if (!m_window.isIdle()) return false;
            QCoreApplication::processEvents();  // what a worker said last may still wait to be heard
            return m_window.isIdle();
        }, milliseconds);
    }
    [[nodiscard]] bool awaitModel(int milliseconds = 120'000) {
        return QTest::qWaitFor([this] { return m_workspace.model.facts() && !m_workspace.model.isLoading(); }, milliseconds);
    }
    [[nodiscard]] bool awaitAnswer(int milliseconds = 120'000) {
        return QTest::qWaitFor([this] { return m_workspace.answer.exchange() != nullptr; }, milliseconds);
    }
    void trigger(const QString& command) {
        auto* action = m_workspace.commands.find(command);
        QVERIFY2(action, qPrintable("no command " + command));
        action->trigger();
    }

  private:
    ui::Appearance m_appearance;
    ui::History m_history;
    ui::Workspace m_workspace;
    ui::MainWindow m_window;
};

inline QString samplePicture(const QString& name) { return QString(FUSIONSCOPE_SOURCE_DIR) + "/resources/samples/" + name; }

}  // namespace fusionscope::tests
