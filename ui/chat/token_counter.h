#pragma once

#include <QObject>
#include <QTimer>

#include "ui/chat/dialogue.h"

namespace fusionscope::ui {

/// How many tokens a draft has, and how many of the model's context would be left after it. Counted by the worker, a
/// little after the last change; only the newest draft is counted.
class TokenCounter : public QObject {
    Q_OBJECT

  public:
    TokenCounter(Workspace& workspace, Dialogue& dialogue, QObject* parent = nullptr);

    /// @param pictures their sizes; @param parent the turn that the draft would follow
    void count(const QString& text, const std::vector<image::Size>& pictures, session::TurnId parent);

  signals:
    /// @param left may be negative: so many tokens are too much
    void counted(qint64 draft, qint64 left);
    /// From the worker's thread.
    void countedInWorker(quint64 serial, qint64 draft, qint64 left);

  private:
    void submit();

    Workspace& m_workspace;
    Dialogue& m_dialogue;
    session::Turn m_draft;
    QTimer m_delay;
    quint64 m_serial = 0;
    JobId m_job = 0;
};

}  // namespace fusionscope::ui
