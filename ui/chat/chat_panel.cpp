#include "ui/chat/chat_panel.h"

#include <QClipboard>
#include <QDesktopServices>
#include <QFrame>
#include <QGuiApplication>
#include <QLabel>
#include <QMenu>
#include <QStackedWidget>
#include <QUrl>
#include <QVBoxLayout>

#include "ui/chat/composer.h"
#include "ui/chat/notice.h"
#include "ui/chat/task_record.h"
#include "ui/chat/transcript_view.h"
#include "ui/common/text_sizes.h"

namespace fusionscope::ui {

using session::Role;
using session::TurnId;

namespace {

QLabel* emptyPage() {
    auto* label =
        new QLabel(ChatPanel::tr("Open a picture and ask about it below.\n\n"
                                 "Enter sends, Shift+Enter begins a new line. A picture can also be dropped or "
                                 "pasted into the question."));
    label->setAlignment(Qt::AlignCenter);
    label->setWordWrap(true);
    label->setForegroundRole(QPalette::PlaceholderText);
    label->setMargin(24);
    return label;
}

}  // namespace

ChatPanel::ChatPanel(Workspace& workspace, History& history, QWidget* parent)
    : QWidget(parent),
      m_workspace(workspace),
      m_dialogue(workspace, history),
      m_thumbnails(workspace.pictures, workspace.reader, history),
      m_notice(new Notice),
      m_pages(new QStackedWidget),
      m_view(new TranscriptView(m_dialogue.transcript(), m_thumbnails)),
      m_composer(new Composer(workspace, m_dialogue, m_thumbnails)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_pages->addWidget(emptyPage());
    m_pages->addWidget(m_view);
    m_pages->setMinimumHeight(32);  // in a low panel the question keeps its room
    column->addWidget(m_pages, 1);
    column->addWidget(m_notice);
    auto* line = new QFrame;
    line->setFrameShape(QFrame::HLine);
    line->setFrameShadow(QFrame::Plain);
    line->setForegroundRole(QPalette::Mid);
    column->addWidget(line);
    column->addWidget(m_composer);
    setFocusProxy(m_composer);

    connectView();
    connect(&m_dialogue, &Dialogue::opened, this, &ChatPanel::shown);
    connect(&m_dialogue, &Dialogue::refused, this, &ChatPanel::refuse);
    connect(m_composer, &Composer::othersGiven, this, &ChatPanel::othersGiven);
    connect(m_composer, &Composer::refused, this, [this](const QString& sentence) { refuse(sentence, {}); });
    connect(&m_dialogue, &Dialogue::changed, this, [this](qint64 id) { emit conversationChanged(id); });
    connect(&m_dialogue, &Dialogue::sent, m_view, &TranscriptView::scrollToEnd);
    const auto& rows = m_dialogue.transcript();
    connect(&rows, &QAbstractItemModel::rowsInserted, this, &ChatPanel::followRows);
    connect(&rows, &QAbstractItemModel::rowsRemoved, this, &ChatPanel::followRows);
    connect(&rows, &QAbstractItemModel::modelReset, this, &ChatPanel::followRows);
    connect(&workspace.model, &CurrentModel::changed, this, [this] {
        m_view->setPictureTokens(m_workspace.model.facts()->visualTokens);
    });
    if (const auto facts = workspace.model.facts()) m_view->setPictureTokens(facts->visualTokens);
    connect(m_composer, &Composer::picturesCounted, this, [this](const QHash<QString, qint64>& tokens) {
        if (const auto facts = m_workspace.model.facts()) m_view->setPictureTokens(facts->visualTokens, tokens);
    });
    connect(&workspace.pictures, &Pictures::opened, this, [this](const QString& hash) {
        if (hash != m_wantedPicture) return;
        m_wantedPicture.clear();
        m_workspace.selection.setPicture(hash);
    });
    connect(
        this, &ChatPanel::pictureRead, this,
        [this](const QByteArray& bytes, const QString& name, const nlohmann::json& origin) {
            m_workspace.pictures.open(bytes, name, origin);
        },
        Qt::QueuedConnection);
    connect(&workspace.reader, &Worker::ended, this, [this](JobId job, JobEnd end, const QString& message) {
        if (job == m_pictureJob && end == JobEnd::Failed)
            refuse(message, [this, picture = m_pictureAsked] { showPicture(picture); });
    }, Qt::QueuedConnection);
    addCommands();
}

void ChatPanel::connectView() {
    connect(m_view, &TranscriptView::answerChosen, this, &ChatPanel::chooseTurn);
    connect(m_view, &TranscriptView::regenerateWanted, &m_dialogue, &Dialogue::regenerate);
    connect(m_view, &TranscriptView::editWanted, m_composer, &Composer::edit);
    connect(m_view, &TranscriptView::branchWanted, this, &ChatPanel::stepBranch);
    connect(m_view, &TranscriptView::pictureChosen, this, [this](qint64 id, int index) {
        if (const auto* turn = m_dialogue.transcript().conversation().find(id))
            showPicture(turn->pictures[static_cast<std::size_t>(index)]);
    });
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_view, &TranscriptView::customContextMenuRequested, this, [this](const QPoint& at) {
        auto* menu = new QMenu(this);
        menu->setAttribute(Qt::WA_DeleteOnClose);
        for (const auto* id : {"chat.copyAnswer", "chat.copyCode", "chat.copyAll", "chat.regenerate", "chat.edit",
                               "chat.previousBranch", "chat.nextBranch", "chat.probabilities"})
            menu->addAction(m_workspace.commands.find(id));
        menu->popup(m_view->viewport()->mapToGlobal(at));
    });
    connect(m_view, &TranscriptView::wordLookedAt, &m_workspace.selection, &Selection::setWord);
    connect(&m_workspace.selection, &Selection::wordChanged, m_view, &TranscriptView::showWord);
    connect(m_view, &TranscriptView::linkChosen, this, [](const QString& address) {
        const QUrl url(address);
        if (url.scheme() == "https" || url.scheme() == "http") QDesktopServices::openUrl(url);
    });
}

void ChatPanel::addCommands() {
    auto& commands = m_workspace.commands;
    const auto file = tr("File"), edit = tr("Edit"), view = tr("View");
    commands.add("chat.new", file, tr("&New conversation"), QKeySequence::New, [this] { newConversation(); },
                 "message-square-plus");
    commands.add("chat.write", edit, tr("&Write a question"), QKeySequence("Ctrl+L"), [this] { m_composer->takeFocus(); });
    commands.add("chat.read", edit, tr("Rea&d the conversation"), QKeySequence("Ctrl+Shift+L"), [this] {
        m_view->setFocus(Qt::ShortcutFocusReason);
        if (!m_view->currentIndex().isValid() && m_dialogue.transcript().rowCount() > 0)
            m_view->setCurrentIndex(m_dialogue.transcript().index(m_dialogue.transcript().rowCount() - 1));
    });
    commands.add("chat.addPicture", edit, tr("Add a &picture to the question…"), QKeySequence("Ctrl+Shift+A"),
                 [this] { m_composer->choosePictures(); }, "image-plus");
    commands.add("chat.addRegion", edit, tr("Ask about the &region"), QKeySequence("Ctrl+Shift+R"),
                 [this] { m_composer->pictures().attachRegion(); }, "square-dashed");
    commands.add("chat.regenerate", edit, tr("Answer &once more"), QKeySequence("Ctrl+R"),
                 [this] { m_dialogue.regenerate(turnAtHand(Role::Assistant)); }, "refresh-cw");
    commands.add("chat.edit", edit, tr("&Change the question"), QKeySequence("Alt+Up"),
                 [this] { m_composer->edit(turnAtHand(Role::User)); }, "pencil");
    commands.add("chat.previousBranch", edit, tr("Previous &branch"), QKeySequence("Alt+Left"),
                 [this] { stepBranch(turnAtHand(Role::Assistant), -1); }, "chevron-left");
    commands.add("chat.nextBranch", edit, tr("Ne&xt branch"), QKeySequence("Alt+Right"),
                 [this] { stepBranch(turnAtHand(Role::Assistant), 1); }, "chevron-right");
    commands.add("chat.copyAnswer", edit, tr("Copy the &answer"), QKeySequence("Ctrl+Shift+C"), [this] {
        if (const auto* turn = m_dialogue.transcript().conversation().find(turnAtHand(Role::Assistant)))
            QGuiApplication::clipboard()->setText(turn->text);
    }, "copy");
    commands.add("chat.copyCode", edit, tr("Copy the co&de of the answer"), QKeySequence("Ctrl+Shift+D"), [this] {
        const int row = m_dialogue.transcript().rowOf(turnAtHand(Role::Assistant));
        if (row >= 0) QGuiApplication::clipboard()->setText(m_view->layoutOf(row).code());
    });
    commands.add("chat.copyAll", edit, tr("Copy the whole con&versation"), QKeySequence("Ctrl+Shift+X"),
                 [this] { QGuiApplication::clipboard()->setText(wholeText()); });
    commands.add("chat.settings", edit, tr("&Settings of the chat"), QKeySequence("Ctrl+Shift+G"),
                 [this] { m_composer->showSettings(); }, "sliders-horizontal");
    commands.add("chat.probabilities", view, tr("&Word probabilities"), QKeySequence("Ctrl+Shift+P"), [this] {
        m_view->setShaded(!m_view->isShaded());
    })->setCheckable(true);
    auto* stop = commands.add("chat.stop", edit, tr("S&top the answer"), Qt::Key_Escape, [this] { m_dialogue.stop(); },
                              "circle-stop");
    stop->setEnabled(false);
    connect(&m_dialogue, &Dialogue::answeringChanged, stop, &QAction::setEnabled);
}

void ChatPanel::refuse(const QString& sentence, const std::function<void()>& again) {
    m_notice->tell(sentence, tr("Try again"), again);
}

void ChatPanel::followRows() { m_pages->setCurrentIndex(m_dialogue.transcript().rowCount() == 0 ? 0 : 1); }

void ChatPanel::openConversation(qint64 id) {
    if (id == 0) return newConversation();
    m_dialogue.open(id);
}

void ChatPanel::newConversation() { m_dialogue.startNew(); }

void ChatPanel::shown() {
    m_notice->hide();
    m_composer->conversationShown();
    emit conversationChanged(m_dialogue.id());
    session::AttachedPicture last;
    for (const auto* turn : m_dialogue.transcript().conversation().activePath()) {
        if (turn->pictures.empty()) continue;
        last = turn->pictures.back();
        if (turn->role == Role::Task) m_workspace.overlays.setRegions(last.hash, regionsOf(turn->result));
    }
    if (!last.hash.isEmpty()) showPicture(last);
}

void ChatPanel::ask(const QString& question) {
    m_composer->setText(question);
    m_composer->send();
}

void ChatPanel::showPicture(const session::AttachedPicture& picture) {
    if (m_workspace.pictures.find(picture.hash)) return m_workspace.selection.setPicture(picture.hash);
    m_wantedPicture = picture.hash;
    m_pictureAsked = picture;
    m_pictureJob = m_workspace.reader.submit(
        tr("Reading %1").arg(picture.name), [this, picture, folder = m_dialogue.history().mediaFolder()](WorkerContext&) {
            emit pictureRead(session::MediaStore(folder).read(picture.hash), picture.name, picture.origin);
        });
}

void ChatPanel::chooseTurn(TurnId id) {
    const auto* turn = m_dialogue.transcript().conversation().find(id);
    if (!turn) return;
    if (turn->role == Role::Assistant) m_dialogue.makeCurrent(id);
    if (turn->pictures.empty()) return;
    if (turn->role == Role::Task) m_workspace.overlays.setRegions(turn->pictures.front().hash, regionsOf(turn->result));
    showPicture(turn->pictures.front());
}

void ChatPanel::stepBranch(TurnId turn, int step) {
    const auto branches = m_dialogue.transcript().conversation().branches(turn);
    const auto place = std::ranges::find(branches, turn) - branches.begin() + step;
    if (place >= 0 && place < static_cast<std::ptrdiff_t>(branches.size()))
        m_dialogue.choose(branches[static_cast<std::size_t>(place)]);
}

TurnId ChatPanel::turnAtHand(Role role) const {
    const auto& rows = m_dialogue.transcript();
    const auto has = [&](int row) { return rows.turn(row) && rows.turn(row)->role == role; };
    const auto current = m_view->currentIndex();
    if (current.isValid() && has(current.row())) return rows.turn(current.row())->id;
    for (int row = rows.rowCount() - 1; row >= 0; --row)
        if (has(row)) return rows.turn(row)->id;
    return 0;
}

QString ChatPanel::wholeText() const {
    const auto& rows = m_dialogue.transcript();
    QStringList parts;
    for (int row = 0; row < rows.rowCount(); ++row) parts += rows.index(row).data(Qt::AccessibleTextRole).toString();
    return parts.join("\n\n");
}

}  // namespace fusionscope::ui
