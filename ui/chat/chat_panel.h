#pragma once

#include <QWidget>

#include "ui/chat/dialogue.h"
#include "ui/chat/thumbnails.h"

class QStackedWidget;

namespace fusionscope::ui {

class Composer;
class Notice;
class TranscriptView;

/// One conversation: the transcript and the composer under it.
class ChatPanel : public QWidget {
    Q_OBJECT

  public:
    ChatPanel(Workspace& workspace, History& history, QWidget* parent = nullptr);

    /// Shows a conversation of the history; 0: a new one. An answer that is being written elsewhere goes on.
    void openConversation(qint64 id);
    /// An empty one; it enters the history with its first question.
    void newConversation();
    /// Asks in the conversation that is shown, about the selected picture when it is a new one.
    void ask(const QString& question);

    Dialogue& dialogue() { return m_dialogue; }

  signals:
    /// The conversation that is shown was made, chosen, or got another turn; 0 for a new one.
    void conversationChanged(qint64 id);
    /// What was given to the question and is no picture file: folders, models, saved inspections.
    void othersGiven(const QStringList& paths);

    /// From the reader's thread.
    void pictureRead(const QByteArray& file, const QString& name, const nlohmann::json& origin);

  private:
    void addCommands();
    void connectView();
    void refuse(const QString& sentence, const std::function<void()>& again);
    void shown();
    void showPicture(const session::AttachedPicture& picture);
    void chooseTurn(session::TurnId turn);
    void stepBranch(session::TurnId turn, int step);
    /// The chosen turn, else the last one that has the role.
    session::TurnId turnAtHand(session::Role role) const;
    QString wholeText() const;
    void followRows();

    Workspace& m_workspace;
    Dialogue m_dialogue;
    Thumbnails m_thumbnails;
    QString m_wantedPicture;  // to be selected once it is open
    JobId m_pictureJob = 0;
    session::AttachedPicture m_pictureAsked;
    Notice* m_notice;
    QStackedWidget* m_pages;
    TranscriptView* m_view;
    Composer* m_composer;
};

}  // namespace fusionscope::ui
