#pragma once

#include <QTimer>
#include <QWidget>
#include <functional>

#include "core/session/exchange.h"
#include "ui/chat/history_model.h"
#include "ui/chat/thumbnails.h"
#include "ui/common/workspace.h"

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
    HistoryPanel(Workspace& workspace, session::Store& store, QWidget* parent = nullptr);

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
    void found(quint64 serial, std::shared_ptr<const std::vector<fusionscope::session::Hit>> hits, double seconds);
    void fileRead(std::shared_ptr<const fusionscope::session::Document> document);

  private:
    void makeList();
    void addCommands();
    void showMenu(const QPoint& at);
    void chooseExport();
    void chooseImport();
    void nameFolder();
    void showHits(const std::vector<session::Hit>& hits);
    /// The marked one; 0 when none is.
    session::ConversationId current() const;
    /// Does it, refreshes, or tells why not.
    void attempt(const std::function<void()>& action);
    void purgeOld();

    Workspace& m_workspace;
    session::Store& m_store;
    Thumbnails m_thumbnails;
    HistoryModel m_model;
    QLineEdit* m_search;
    QToolButton* m_byPicture;
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
