#pragma once

#include <QTimer>
#include <QWidget>
#include <functional>

#include "core/session/exchange.h"
#include "ui/chat/history.h"
#include "ui/chat/history_model.h"
#include "ui/chat/thumbnails.h"
#include "ui/common/workspace.h"

class QDateEdit;
class QLabel;
class QLineEdit;
class QToolButton;
class QTreeView;

namespace fusionscope::ui {

class Notice;

/// All conversations: search, groups, and what can be done with one of them.
class HistoryPanel : public QWidget {
    Q_OBJECT

  public:
    HistoryPanel(Workspace& workspace, History& history, QWidget* parent = nullptr);

    /// Reads the list again, as after a new turn.
    void refresh();
    /// Marks the conversation that is shown; 0: none.
    void setCurrent(qint64 id);

    // Commands, on the marked conversation
    void rename();
    void togglePinned();
    void moveTo(const QString& folder);
    void remove();
    /// The ending of the file's name chooses the format: .json, .html, .md.
    void exportTo(const QString& file);
    void importFrom(const QString& file);

  signals:
    /// 0: the one that was shown is gone.
    void conversationChosen(qint64 id);

    // From the reader's thread
    void found(quint64 serial, std::shared_ptr<const std::vector<fusionscope::session::Hit>> hits, double seconds,
               const QStringList& folders);
    void fileRead(std::shared_ptr<const fusionscope::session::Document> document);

  private:
    QWidget* makeDates();
    void makeList();
    void addCommands();
    void showMenu(const QPoint& at);
    void chooseExport();
    void chooseImport();
    void nameFolder();
    void showHits(const std::vector<session::Hit>& hits);
    /// The marked one; 0 when none is.
    session::ConversationId current() const;
    using Change = std::function<void(session::Store& store)>;
    /// Has it done, goes on and refreshes, or tells why not.
    void change(const Change& what, const std::function<void()>& then = {});
    void add(const std::shared_ptr<const session::Document>& document);
    History::Refused orAgain(const std::function<void()>& again);
    void opened();

    Workspace& m_workspace;
    History& m_history;
    Thumbnails m_thumbnails;
    HistoryModel m_model;
    QStringList m_folders;  // in use
    QLineEdit* m_search;
    QToolButton *m_byPicture, *m_byDate;
    QDateEdit *m_from, *m_until;  // both days are part of it
    QTreeView* m_list;
    QLabel* m_empty;
    Notice* m_notice;
    QTimer m_delay;
    quint64 m_serial = 0;
    JobId m_job = 0;
    QHash<JobId, std::pair<QString, std::function<void()>>> m_exchanges;  // what to say when done, and the same again
    session::ConversationId m_current = 0;
};

}  // namespace fusionscope::ui
