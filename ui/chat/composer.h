#pragma once

#include <QHash>
#include <QWidget>

#include "ui/chat/dialogue.h"
#include "ui/chat/draft_pictures.h"
#include "ui/chat/thumbnails.h"
#include "ui/chat/token_counter.h"

class QHBoxLayout;
class QLabel;
class QMenu;
class QPushButton;
class QScrollArea;
class QToolButton;

namespace fusionscope::ui {

class ChatSettings;
class DraftEdit;

/// Where a question is written, with its pictures, and what can be done instead of asking: Florence-2's tasks.
class Composer : public QWidget {
    Q_OBJECT

  public:
    Composer(Workspace& workspace, Dialogue& dialogue, Thumbnails& thumbnails, QWidget* parent = nullptr);

    void send();
    /// Another conversation is shown: its draft replaces this one, which is kept.
    void conversationShown();
    /// Puts a question there to be changed; sending it makes a branch.
    void edit(session::TurnId question);
    void cancelEdit();
    void setText(const QString& text);
    QString text() const;
    DraftPictures& pictures() { return m_pictures; }
    void choosePictures();
    void showSettings();
    void runTask(const QString& marker);
    /// Says how the loaded model is asked.
    void followModel();

  public slots:
    void takeFocus();

    /// With buttons that have lost their words, as they do in a narrow panel.
    QSize minimumSizeHint() const override;

  signals:
    void refused(const QString& sentence);
    /// What each picture of the chat costs, by hash.
    void picturesCounted(const QHash<QString, qint64>& tokens);
    /// What was dropped or pasted and is no picture file: folders, models, saved inspections.
    void othersGiven(const QStringList& paths);

  protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    QWidget* makeRow();
    QWidget* makeFoot();
    QWidget* makeEditBar();
    void fillTaskMenu();
    void showChips();
    void fitChips();
    void nameChips();
    void showCounts(qint64 draft, qint64 left);
    void followAnswering();
    void followSelection();
    void count();
    session::TurnId parentOfDraft() const;
    /// The pictures that this chat has already, up to where the draft would follow.
    std::vector<session::AttachedPicture> picturesBefore() const;

    Workspace& m_workspace;
    Dialogue& m_dialogue;
    Thumbnails& m_thumbnails;
    DraftPictures m_pictures;
    TokenCounter m_counter;
    QHash<session::ConversationId, Draft> m_drafts;
    session::ConversationId m_shown = 0;
    session::TurnId m_edited = 0;

    QWidget* m_editBar;
    QScrollArea* m_chips;
    QHBoxLayout* m_chipRow;
    QHash<QString, qint64> m_pictureTokens;  // by hash, as far as they were counted
    DraftEdit* m_edit;
    QToolButton *m_addPicture, *m_region, *m_tasks, *m_settingsButton;
    QPushButton* m_send;
    QLabel* m_counts;
    QMenu* m_taskMenu;
    ChatSettings* m_settings;
};

}  // namespace fusionscope::ui
