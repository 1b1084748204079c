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

    /// @param parent the turn that the draft would follow
    void count(const Draft& draft, session::TurnId parent);

  signals:
    /// @param left may be negative: so many tokens are too much
    void counted(qint64 draft, qint64 left);
    /// What each picture of the chat and the draft costs, by hash.
    void picturesCounted(const QHash<QString, qint64>& tokens);
    /// From the worker's thread.
    void countedInWorker(quint64 serial, qint64 draft, qint64 left, const QHash<QString, qint64>& pictures);

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
