#include "ui/chat/history_panel.h"

#include <QDateEdit>
#include <QElapsedTimer>
#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QToolButton>
#include <QTreeView>
#include <algorithm>
#include <tuple>

#include "ui/chat/history_delegate.h"
#include "ui/chat/notice.h"
#include "ui/common/icons.h"

namespace fusionscope::ui {

namespace {

constexpr int searchDelay = 150;     // milliseconds after the last key
constexpr qint64 daysDeletedStay = 30;
constexpr qint64 daysSearched = 7;   // at first

session::Format formatOf(const QString& file) {
    const auto ending = QFileInfo(file).suffix().toLower();
    if (ending == "json") return session::Format::Json;
    return ending == "html" || ending == "htm" ? session::Format::Html : session::Format::Markdown;
}

}  // namespace

HistoryPanel::HistoryPanel(Workspace& workspace, History& history, QWidget* parent)
    : QWidget(parent),
      m_workspace(workspace),
      m_history(history),
      m_thumbnails(workspace.pictures, workspace.reader, history),
      m_model(m_thumbnails),
      m_search(new QLineEdit),
      m_byPicture(new QToolButton),
      m_byDate(new QToolButton),
      m_from(new QDateEdit),
      m_until(new QDateEdit),
      m_list(new QTreeView),
      m_empty(new QLabel),
      m_notice(new Notice) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 8, 8);
    column->setSpacing(8);
    auto* top = new QHBoxLayout;
    top->setSpacing(4);
    m_search->setPlaceholderText(tr("Search chats"));
    m_search->setAccessibleName(tr("Search chats"));
    m_search->setClearButtonEnabled(true);
    top->addWidget(m_search, 1);
    for (const auto& [button, iconName, tip] : {std::tuple(m_byPicture, "image", tr("Only chats about the selected picture")),
                                                std::tuple(m_byDate, "calendar", tr("Only chats of certain days"))}) {
        button->setIcon(icon(iconName));
        button->setCheckable(true);
        button->setAutoRaise(true);
        button->setToolTip(tip);
        button->setAccessibleName(tip);
        top->addWidget(button);
        connect(button, &QToolButton::toggled, this, &HistoryPanel::refresh);
    }
    column->addLayout(top);
    column->addWidget(makeDates());
    column->addWidget(m_notice);
    makeList();
    m_empty->setWordWrap(true);
    m_empty->setAlignment(Qt::AlignTop | Qt::AlignHCenter);
    m_empty->setForegroundRole(QPalette::PlaceholderText);
    m_empty->setMargin(8);
    column->addWidget(m_empty, 1);
    column->addWidget(m_list, 1);

    m_delay.setSingleShot(true);
    connect(&m_delay, &QTimer::timeout, this, &HistoryPanel::refresh);
    connect(m_search, &QLineEdit::textChanged, this, [this] { m_delay.start(searchDelay); });
    connect(m_search, &QLineEdit::returnPressed, m_list, [this] { m_list->setFocus(); });
    connect(&workspace.selection, &Selection::pictureChanged, this, [this] {
        if (m_byPicture->isChecked()) refresh();
    });
    connect(this, &HistoryPanel::found, this, [this](quint64 serial, const auto& hits, double, const QStringList& folders) {
        if (serial != m_serial) return;
        m_folders = folders;
        showHits(*hits);
    }, Qt::QueuedConnection);
    connect(this, &HistoryPanel::fileRead, this, &HistoryPanel::add, Qt::QueuedConnection);
    connect(&workspace.reader, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        if (job == m_job && end == JobEnd::Failed) m_notice->tell(message, tr("Try again"), [this] { refresh(); });
        const auto [done, again] = m_exchanges.take(job);
        if (end == JobEnd::Failed && again) m_notice->tell(message, tr("Try again"), again);
        if (end == JobEnd::Done && !done.isEmpty()) m_notice->tell(done);
    }, Qt::QueuedConnection);
    connect(&m_model, &HistoryModel::renameWanted, this, [this](qint64 id, const QString& title) {
        change([id, title](session::Store& store) { store.rename(id, title); });
    });
    addCommands();
    connect(&history, &History::opened, this, &HistoryPanel::opened);
    if (history.isOpen()) opened();
}

void HistoryPanel::opened() {
    const auto before = QDateTime::currentDateTimeUtc().addDays(-daysDeletedStay);
    // When it fails nothing is wrong but that something is kept too long; the next start tries again.
    m_history.run(this, [before](session::Store& store) { return store.purge(before); }, [](int) {});
    refresh();
}

QWidget* HistoryPanel::makeDates() {
    auto* dates = new QWidget;
    auto* rows = new QGridLayout(dates);  // below each other: the panel is narrow
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(4);
    rows->setColumnStretch(1, 1);
    m_from->setAccessibleName(tr("From this day on"));
    m_until->setAccessibleName(tr("Until this day"));
    m_from->setDate(QDate::currentDate().addDays(-daysSearched));
    m_until->setDate(QDate::currentDate());
    for (auto* date : {m_from, m_until}) {
        date->setCalendarPopup(true);
        date->setToolTip(date->accessibleName());
        connect(date, &QDateEdit::dateChanged, this, [this] { m_delay.start(searchDelay); });
    }
    rows->addWidget(m_from, 0, 1);
    rows->addWidget(new QLabel(QStringLiteral("–")), 1, 0);
    rows->addWidget(m_until, 1, 1);
    dates->hide();
    connect(m_byDate, &QToolButton::toggled, dates, &QWidget::setVisible);
    return dates;
}

void HistoryPanel::makeList() {
    m_list->setAccessibleName(tr("Chats"));
    m_list->setModel(&m_model);
    m_list->setItemDelegate(new HistoryDelegate(m_list));
    m_list->setHeaderHidden(true);
    m_list->setRootIsDecorated(false);
    m_list->setItemsExpandable(false);
    m_list->setIndentation(0);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setMouseTracking(true);
    m_list->setEditTriggers(QAbstractItemView::EditKeyPressed);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setContextMenuPolicy(Qt::CustomContextMenu);
    m_list->viewport()->setBackgroundRole(QPalette::Window);
    connect(m_list, &QTreeView::customContextMenuRequested, this, &HistoryPanel::showMenu);
    const auto choose = [this](const QModelIndex& index) {
        if (const auto* hit = m_model.hit(index)) emit conversationChosen(hit->conversation.id);
    };
    connect(m_list, &QTreeView::clicked, this, choose);
    connect(m_list, &QTreeView::activated, this, choose);
}

void HistoryPanel::addCommands() {
    auto& commands = m_workspace.commands;
    const auto file = tr("File"), edit = tr("Edit");
    commands.add("history.search", edit, tr("Search c&hats"), QKeySequence("Ctrl+Shift+F"), [this] {
        m_search->setFocus(Qt::ShortcutFocusReason);
        m_search->selectAll();
    }, "search");
    commands.add("history.dates", edit, tr("Search chats of certain da&ys"), QKeySequence("Ctrl+Shift+Y"),
                 [this] { m_byDate->toggle(); }, "calendar");
    commands.add("history.export", file, tr("&Export the chat…"), QKeySequence("Ctrl+Shift+E"),
                 [this] { chooseExport(); }, "download");
    commands.add(
        "history.import", file, tr("&Import a chat…"), QKeySequence("Ctrl+Shift+I"), [this] { chooseImport(); }, "upload");
    commands.add("history.rename", file, tr("&Rename the chat"), Qt::Key_F2, [this] { rename(); }, "pencil");
    commands.add(
        "history.pin", file, tr("&Pin or unpin the chat"), QKeySequence("Ctrl+Shift+K"), [this] { togglePinned(); }, "pin");
    commands.add(
        "history.folder", file, tr("&Move the chat to a folder…"), QKeySequence("Ctrl+Shift+M"), [this] { nameFolder(); },
        "folder");
    commands.add("history.delete", file, tr("&Delete the chat"), QKeySequence("Ctrl+Shift+Backspace"),
                 [this] { remove(); }, "trash-2");
}

void HistoryPanel::refresh() {
    m_delay.stop();
    if (!m_history.isOpen()) return;
    session::Search search;
    search.words = m_search->text();
    if (m_byPicture->isChecked()) search.picture = m_workspace.selection.picture();
    if (m_byDate->isChecked()) {
        const auto [first, last] = std::minmax({m_from->date(), m_until->date()});
        search.from = first.startOfDay();
        search.until = last.addDays(1).startOfDay();
    }
    if (m_job != 0) m_workspace.reader.stop(m_job);
    m_job = m_workspace.reader.submit(
        tr("Searching the chats"), [this, search, serial = ++m_serial, folder = m_history.folder()](WorkerContext&) {
            QElapsedTimer timer;
            timer.start();
            const session::Store reader(folder, {session::Access::ReadOnly, true});
            auto hits = std::make_shared<const std::vector<session::Hit>>(reader.search(search));
            const double seconds = static_cast<double>(timer.nsecsElapsed()) / 1e9;
            emit found(serial, std::move(hits), seconds, reader.folders());
        });
}

void HistoryPanel::showHits(const std::vector<session::Hit>& hits) {
    // A title that is being typed would go with the rows.
    if (m_list->viewport()->findChild<QLineEdit*>()) return m_delay.start(searchDelay);
    m_model.show(hits, QDate::currentDate());
    m_list->expandAll();
    setCurrent(m_current);
    const bool searched = !m_search->text().trimmed().isEmpty() || m_byPicture->isChecked() || m_byDate->isChecked();
    m_empty->setText(searched ? tr("No chat holds all of this. Try fewer words, or other days.")
                              : tr("No chats yet. Ask about a picture, and the chat will be here."));
    m_empty->setVisible(m_model.count() == 0);
    m_list->setVisible(m_model.count() > 0);
}

void HistoryPanel::setCurrent(qint64 id) {
    m_current = id;
    m_list->setCurrentIndex(m_model.indexOf(id));
}

session::ConversationId HistoryPanel::current() const {
    const auto* hit = m_model.hit(m_list->currentIndex());
    return hit ? hit->conversation.id : m_current;
}

History::Refused HistoryPanel::orAgain(const std::function<void()>& again) {
    return [this, again](const QString& sentence) {
        m_notice->tell(sentence, tr("Try again"), again);
        refresh();
    };
}

void HistoryPanel::change(const Change& what, const std::function<void()>& then) {
    m_history.run(this, what,
                  [this, then] {
                      if (then) then();
                      refresh();
                  },
                  orAgain([this, what, then] { change(what, then); }));
}

void HistoryPanel::add(const std::shared_ptr<const session::Document>& document) {
    const auto storing = [document](session::Store& store) {
        for (const auto& picture : document->pictures) store.media().add(picture);
        return store.add(document->conversation, document->tokens).id;
    };
    m_history.run(this, storing,
                  [this](session::ConversationId id) {
                      emit conversationChosen(id);
                      refresh();
                  },
                  orAgain([this, document] { add(document); }));
}

void HistoryPanel::rename() {
    const auto index = m_list->currentIndex();
    if (!m_model.hit(index)) return;
    m_list->setFocus();
    m_list->edit(index);
}

void HistoryPanel::togglePinned() {
    if (const auto* hit = m_model.hit(m_model.indexOf(current())))
        change([id = hit->conversation.id, pin = !hit->conversation.pinned](session::Store& store) {
            store.setPinned(id, pin);
        });
}

void HistoryPanel::moveTo(const QString& folder) {
    if (const auto id = current(); id != 0)
        change([id, folder](session::Store& store) { store.setFolder(id, folder.simplified()); });
}

void HistoryPanel::remove() {
    const auto* hit = m_model.hit(m_model.indexOf(current()));
    if (!hit) return;
    const auto id = hit->conversation.id;
    const auto title = hit->conversation.title;
    change([id](session::Store& store) { store.remove(id); }, [this, id, title] {
        const bool wasShown = id == m_current;
        if (wasShown) emit conversationChosen(0);
        m_notice->tell(tr("Deleted “%1”.").arg(title), tr("Undo"), [this, id, wasShown] {
            change([id](session::Store& store) { store.restore(id); }, [this, id, wasShown] {
                if (wasShown) emit conversationChosen(id);
            });
        });
    });
}

void HistoryPanel::showMenu(const QPoint& at) {
    const auto* hit = m_model.hit(m_list->indexAt(at));
    if (!hit) return;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(icon("pencil"), tr("Rename"), this, &HistoryPanel::rename);
    menu->addAction(icon(hit->conversation.pinned ? "pin-off" : "pin"),
                    hit->conversation.pinned ? tr("Unpin") : tr("Pin"), this, &HistoryPanel::togglePinned);
    auto* folders = menu->addMenu(icon("folder"), tr("Move to folder"));
    for (const auto& name : m_folders) folders->addAction(name, this, [this, name] { moveTo(name); });
    folders->addSeparator();
    folders->addAction(icon("folder-plus"), tr("New folder…"), this, &HistoryPanel::nameFolder);
    if (!hit->conversation.folder.isEmpty())
        folders->addAction(tr("Out of “%1”").arg(hit->conversation.folder), this, [this] { moveTo({}); });
    menu->addAction(icon("download"), tr("Export…"), this, &HistoryPanel::chooseExport);
    menu->addSeparator();
    menu->addAction(icon("trash-2"), tr("Delete"), this, &HistoryPanel::remove);
    menu->popup(m_list->viewport()->mapToGlobal(at));
}

void HistoryPanel::nameFolder() {
    if (current() == 0) return;
    auto* dialog = new QInputDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Move the chat to a folder"));
    dialog->setLabelText(tr("Folder (empty: out of its folder)"));
    connect(dialog, &QInputDialog::textValueSelected, this, &HistoryPanel::moveTo);
    dialog->open();
}

void HistoryPanel::chooseExport() {
    const auto* hit = m_model.hit(m_model.indexOf(current()));
    if (!hit) return m_notice->tell(tr("There is no chat to export yet. Ask a question first."));
    auto* dialog = new QFileDialog(this, tr("Export the chat"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters({tr("Web page with pictures (*.html)"), tr("Markdown with pictures beside it (*.md)"),
                            tr("Everything, as JSON (*.json)")});
    dialog->setDefaultSuffix("html");
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
        dialog->setDefaultSuffix(filter.contains("*.md") ? "md" : filter.contains("*.json") ? "json" : "html");
    });
    auto name = hit->conversation.title.left(60);
    for (QChar& c : name)
        if (!c.isLetterOrNumber() && c != '-') c = ' ';
    dialog->selectFile(name.simplified() + ".html");
    connect(dialog, &QFileDialog::fileSelected, this, &HistoryPanel::exportTo);
    dialog->open();
}

void HistoryPanel::exportTo(const QString& file) {
    const auto id = current();
    if (id == 0) return;
    const auto job =
        m_workspace.reader.submit(tr("Exporting the chat"), [id, file, folder = m_history.folder()](WorkerContext&) {
            const session::Store reader(folder, {session::Access::ReadOnly, true});
            session::exportConversation(reader, id, formatOf(file), file.toStdString());
        });
    m_exchanges.insert(job, {tr("Exported to %1.").arg(file), [this, file] { exportTo(file); }});
}

void HistoryPanel::chooseImport() {
    auto* dialog = new QFileDialog(this, tr("Import a chat"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({tr("Exported chats (*.json *.html *.htm *.md)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::fileSelected, this, &HistoryPanel::importFrom);
    dialog->open();
}

void HistoryPanel::importFrom(const QString& file) {
    const auto job = m_workspace.reader.submit(
        tr("Reading %1").arg(QFileInfo(file).fileName()), [this, file](WorkerContext&) {
            emit fileRead(std::make_shared<const session::Document>(session::readConversationFile(file.toStdString())));
        });
    m_exchanges.insert(job, {{}, [this, file] { importFrom(file); }});
}

}  // namespace fusionscope::ui
