#pragma once

#include <QLocalServer>
#include <QString>

#include "ui/shell/start_request.h"

namespace fusionscope::ui {

/// Keeps the program to one window for each history folder: a second start hands its files to the first window.
class FirstWindow : public QObject {
    Q_OBJECT

  public:
    /// @param dataFolder of the history; each has a window of its own
    explicit FirstWindow(const QString& dataFolder, QObject* parent = nullptr);

    /// True when another window took the request; then this process has nothing left to do. Waits for
    /// its answer for ten seconds at most.
    bool handOver(const StartRequest& request) const;
    /// Of the local socket.
    const QString& name() const { return m_name; }
    /// Listens for later starts of the same person. False when the system refuses.
    bool listen();

  signals:
    void received(const fusionscope::ui::StartRequest& request);

  private:
    void accept();

    QString m_name;
    QLocalServer m_server;
};

}  // namespace fusionscope::ui
