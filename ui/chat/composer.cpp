#include "ui/chat/composer.h"

#include <QDragEnterEvent>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QMimeData>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSettings>
#include <QToolButton>

#include "ui/chat/answer_record.h"
#include "ui/chat/chat_settings.h"
#include "ui/chat/draft_edit.h"
#include "ui/chat/task_record.h"
#include "ui/common/icons.h"
#include "ui/common/text_sizes.h"

namespace fusionscope::ui {

namespace {

constexpr const char* generationKey = "chat/generation";
constexpr int chipSide = 28;
constexpr int leastWidth = 300;

QToolButton* button(const QString& iconName, const QString& text, const QString& tip) {
    auto* made = new QToolButton;
    made->setIcon(icon(iconName));
    made->setText(text.isEmpty() ? text : u' ' + text);  // or it touches the icon
    made->setToolButtonStyle(text.isEmpty() ? Qt::ToolButtonIconOnly : Qt::ToolButtonTextBesideIcon);
    made->setToolTip(tip);
    made->setAccessibleName(text.isEmpty() ? tip : text);
    made->setAccessibleDescription(tip);
    made->setFocusPolicy(Qt::TabFocus);
    return made;
}

/// To be filled from the left, in a widget of its own.
QHBoxLayout* emptyRow() {
    auto* row = new QHBoxLayout(new QWidget);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    return row;
}

std::optional<engine::GenerationOptions> storedGeneration() {
    const auto json = nlohmann::json::parse(QSettings().value(generationKey).toString().toStdString(), nullptr, false);
    if (!json.is_object()) return {};
    return generationFrom(json, {});
}

void storeGeneration(const std::optional<engine::GenerationOptions>& options) {
    QSettings settings;
    if (options)
        settings.setValue(generationKey, QString::fromStdString(toJson(*options).dump()));
    else
        settings.remove(generationKey);
}

}  // namespace

Composer::Composer(Workspace& workspace, Dialogue& dialogue, Thumbnails& thumbnails, QWidget* parent)
    : QWidget(parent),
      m_workspace(workspace),
      m_dialogue(dialogue),
      m_thumbnails(thumbnails),
      m_pictures(workspace),
      m_counter(workspace, dialogue),
      m_edit(new DraftEdit),
      m_settings(new ChatSettings(this)) {
    setAcceptDrops(true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 8, 12, 8);
    column->setSpacing(6);
    column->addWidget(makeEditBar());
    m_chipRow = emptyRow();
    m_chips = new QScrollArea;  // sixteen pictures and a video's frames are wider than any window
    m_chips->setWidget(m_chipRow->parentWidget());
    m_chips->setWidgetResizable(true);
    m_chips->setFrameShape(QFrame::NoFrame);
    m_chips->setFocusPolicy(Qt::NoFocus);
    m_chips->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_chips->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    m_chips->setAccessibleName(tr("Pictures of the question"));
    connect(m_chips->horizontalScrollBar(), &QScrollBar::rangeChanged, this, &Composer::fitChips);
    column->addWidget(m_chips);
    column->addWidget(makeRow());
    column->addWidget(makeFoot());

    connect(m_edit, &DraftEdit::sendWanted, this, &Composer::send);
    connect(m_edit, &DraftEdit::picturesGiven, &m_pictures, &DraftPictures::attach);
    connect(m_edit, &QPlainTextEdit::textChanged, this, &Composer::count);
    connect(&m_pictures, &DraftPictures::changed, this, &Composer::showChips);
    connect(&m_pictures, &DraftPictures::failed, this, &Composer::refused);
    connect(&m_pictures, &DraftPictures::othersGiven, this, &Composer::othersGiven);
    connect(&m_counter, &TokenCounter::counted, this, &Composer::showCounts);
    connect(&m_counter, &TokenCounter::picturesCounted, this, [this](const QHash<QString, qint64>& tokens) {
        m_pictureTokens = tokens;
        nameChips();
        emit picturesCounted(tokens);
    });
    connect(&thumbnails, &Thumbnails::ready, this, &Composer::showChips);
    connect(&dialogue, &Dialogue::answeringChanged, this, &Composer::followAnswering);
    connect(&dialogue, &Dialogue::sent, this, [this] {
        m_edited = 0;
        m_editBar->hide();
        m_edit->clear();
        m_pictures.followNextSelection();
        m_shown = m_dialogue.id();
    });
    connect(&dialogue, &Dialogue::changed, this, &Composer::count);
    connect(&workspace.selection, &Selection::pictureChanged, this, &Composer::followSelection);
    connect(&workspace.pictures, &Pictures::opened, this, &Composer::followSelection);
    connect(&workspace.model, &CurrentModel::changed, this, &Composer::followModel);
    connect(m_settings, &ChatSettings::systemPromptChanged, this, [this](const QString& text) {
        m_dialogue.setSystemPrompt(text);
        count();
    });
    connect(m_settings, &ChatSettings::generationChanged, this, [this](const auto& options) {
        m_dialogue.setGeneration(options);
        storeGeneration(options);
    });
    m_pictures.setBefore([this] { return picturesBefore(); });
    m_settings->setGeneration(storedGeneration());
    m_dialogue.setGeneration(m_settings->generation());
    m_pictures.followSelection();
    followSelection();
    followModel();
}

QWidget* Composer::makeEditBar() {
    auto* row = emptyRow();
    m_editBar = row->parentWidget();
    auto* words = new QLabel(tr("Changing a question: sending it makes a new branch, the old one stays."));
    setTextSize(*words, TextSize::Small);
    words->setForegroundRole(QPalette::PlaceholderText);
    row->addWidget(words, 1);
    auto* cancel = button("x", tr("Cancel"), tr("Leave the question as it was"));
    connect(cancel, &QToolButton::clicked, this, &Composer::cancelEdit);
    row->addWidget(cancel);
    m_editBar->hide();
    return m_editBar;
}

QWidget* Composer::makeRow() {
    auto* row = emptyRow();
    m_addPicture = button("image-plus", tr("Picture"), tr("Add a picture to the question"));
    m_addPicture->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(m_addPicture);
    menu->addAction(icon("image"), tr("The selected picture"), &m_pictures, &DraftPictures::attachSelected);
    menu->addAction(icon("folder-open"), tr("From files…"), this, &Composer::choosePictures);
    m_addPicture->setMenu(menu);
    m_region =
        button("square-dashed", tr("Region"), tr("Ask about the region marked last, or mark one: it is cut out and sent along"));
    m_region->setProperty("framed", true);  // as those with a menu are
    connect(m_region, &QToolButton::clicked, &m_pictures, &DraftPictures::attachRegion);
    m_send = new QPushButton(tr("Send"));
    m_send->setAutoDefault(false);
    connect(m_send, &QPushButton::clicked, this, [this] {
        if (m_dialogue.isAnswering())
            m_dialogue.stop();
        else
            send();
    });
    row->addWidget(m_addPicture, 0, Qt::AlignVCenter);
    row->addWidget(m_region, 0, Qt::AlignVCenter);
    row->addWidget(m_edit, 1);
    row->addWidget(m_send, 0, Qt::AlignVCenter);
    followAnswering();
    return row->parentWidget();
}

QWidget* Composer::makeFoot() {
    auto* row = emptyRow();
    m_tasks = button("scan", tr("Tasks"), tr("Florence-2's tasks on the picture"));
    m_tasks->setPopupMode(QToolButton::InstantPopup);
    m_taskMenu = new QMenu(m_tasks);
    m_tasks->setMenu(m_taskMenu);
    fillTaskMenu();
    m_settingsButton = button("sliders-horizontal", tr("Settings"), tr("System prompt, and how answers are generated"));
    m_settingsButton->setProperty("framed", true);
    connect(m_settingsButton, &QToolButton::clicked, this, &Composer::showSettings);
    m_counts = new QLabel;
    setTextSize(*m_counts, TextSize::Small);
    m_counts->setForegroundRole(QPalette::PlaceholderText);
    m_counts->setObjectName("counts");
    m_counts->setAccessibleName(tr("Tokens"));
    for (auto* one : {m_tasks, m_settingsButton}) {
        one->setAutoRaise(true);
        setTextSize(*one, TextSize::Small);
        row->addWidget(one);
    }
    row->addStretch(1);
    row->addWidget(m_counts);
    return row->parentWidget();
}

void Composer::fillTaskMenu() {
    for (const auto& entry : taskEntries()) {
        auto* action = m_taskMenu->addAction(entry.title, this, [this, marker = entry.marker] { runTask(marker); });
        action->setToolTip(entry.input == TaskInput::Phrase   ? tr("Type the words below first")
                           : entry.input == TaskInput::Region ? tr("Mark a region in the picture first")
                                                              : QString());
    }
    m_taskMenu->setToolTipsVisible(true);
}

void Composer::runTask(const QString& marker) {
    const auto entries = taskEntries();
    const auto entry = std::ranges::find(entries, marker, &TaskEntry::marker);
    if (entry == entries.end()) return;
    const auto hash = m_workspace.selection.picture();
    TaskOrder order{marker, {}, m_workspace.pictures.find(hash)};
    if (!order.picture && !m_pictures.list().empty()) order.picture = m_pictures.list().back();
    if (!order.picture)
        return emit refused(tr("There is no picture to run “%1” on. Open one first.").arg(entry->title));
    if (entry->input == TaskInput::Phrase) {
        order.text = m_edit->toPlainText().simplified();
        if (order.text.isEmpty()) {
            emit refused(tr("“%1” needs words. Type them below, then choose the task again.").arg(entry->title));
            return takeFocus();
        }
    }
    if (entry->input == TaskInput::Region) {
        const auto& regions = m_workspace.regions.of(hash);
        if (regions.empty())
            return emit refused(
                tr("“%1” needs a region. Mark one in the picture, then choose the task again.").arg(entry->title));
        const auto size = order.picture->handle.size();
        order.text = locationTokens(regions.back().outline.boundingRect(), {size.width, size.height});
    }
    m_dialogue.run(order);
    if (entry->input == TaskInput::Phrase) m_edit->clear();
}

void Composer::send() {
    if (m_dialogue.isAnswering()) return;
    m_dialogue.send({m_edit->toPlainText(), m_pictures.list()}, parentOfDraft());
}

session::TurnId Composer::parentOfDraft() const {
    const auto* edited = m_edited == 0 ? nullptr : m_dialogue.transcript().conversation().find(m_edited);
    return edited ? edited->parent : m_dialogue.transcript().last();
}

void Composer::conversationShown() {
    cancelEdit();
    m_drafts.insert(m_shown, {m_edit->toPlainText(), m_pictures.list()});
    m_shown = m_dialogue.id();
    const auto draft = m_drafts.take(m_shown);
    m_edit->setPlainText(draft.text);
    m_edit->moveCursor(QTextCursor::End);
    if (m_shown == 0)
        m_pictures.followSelection();
    else if (draft.pictures.empty())
        m_pictures.followNextSelection();
    else
        m_pictures.set(draft.pictures);
    m_settings->setSystemPrompt(m_dialogue.systemPrompt());
    count();
}

void Composer::edit(session::TurnId question) {
    const auto* turn = m_dialogue.transcript().conversation().find(question);
    if (!turn || turn->role != session::Role::User || m_dialogue.isAnswering()) return;
    m_edited = question;
    m_editBar->show();
    m_edit->setPlainText(turn->text);
    m_edit->moveCursor(QTextCursor::End);
    m_pictures.set({});
    for (const auto& picture : turn->pictures) m_pictures.attachKept(m_dialogue.history().mediaFolder(), picture);
    takeFocus();
}

void Composer::cancelEdit() {
    if (m_edited == 0) return;
    m_edited = 0;
    m_editBar->hide();
    m_edit->clear();
    m_pictures.followNextSelection();
}

void Composer::setText(const QString& text) { m_edit->setPlainText(text); }
QString Composer::text() const { return m_edit->toPlainText(); }
void Composer::takeFocus() { m_edit->setFocus(Qt::ShortcutFocusReason); }

void Composer::choosePictures() {
    auto* dialog = new QFileDialog(this, tr("Add pictures to the question"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    dialog->setNameFilters(
        {tr("Pictures (*.png *.jpg *.jpeg *.webp *.gif *.bmp *.tif *.tiff *.ppm *.pgm *.tga)"), tr("All files (*)")});
    connect(dialog, &QFileDialog::filesSelected, &m_pictures, &DraftPictures::attachFiles);
    dialog->open();
}

void Composer::showSettings() {
    m_settings->adjustSize();
    m_settings->move(m_settingsButton->mapToGlobal(QPoint(0, -m_settings->height() - 4)));
    m_settings->show();
}

std::vector<session::AttachedPicture> Composer::picturesBefore() const {
    std::vector<session::AttachedPicture> pictures;
    for (const auto* turn : m_dialogue.transcript().conversation().pathTo(parentOfDraft()))
        if (turn->role == session::Role::User)
            pictures.insert(pictures.end(), turn->pictures.begin(), turn->pictures.end());
    return pictures;
}

void Composer::showChips() {
    while (auto* item = m_chipRow->takeAt(0)) {
        if (item->widget()) item->widget()->deleteLater();
        delete item;
    }
    int index = 0;
    for (const auto& picture : m_pictures.list()) {
        auto* chip = button("image", picture->name, tr("Take the picture out of the question"));
        if (const auto small = m_thumbnails.of(*picture); !small.isNull()) chip->setIcon(QIcon(small));
        chip->setIconSize({chipSide, chipSide});
        setTextSize(*chip, TextSize::Small);
        connect(chip, &QToolButton::clicked, this, [this, index] { m_pictures.remove(index); });
        m_chipRow->addWidget(chip);
        chip->show();  // else the row does not know its height yet
        ++index;
    }
    m_chipRow->addStretch(1);
    m_chips->setVisible(index > 0);
    nameChips();
    fitChips();
    count();
}

void Composer::fitChips() {
    const auto* bar = m_chips->horizontalScrollBar();
    m_chips->setFixedHeight(m_chipRow->sizeHint().height() + (bar->maximum() > 0 ? bar->sizeHint().height() : 0));
}

void Composer::nameChips() {
    const auto facts = m_workspace.model.facts();
    int number = 1 + static_cast<int>(picturesBefore().size()), index = 0;
    for (const auto& picture : m_pictures.list()) {
        QString text = QString("%1  %2").arg(number++).arg(picture->name);
        const auto tokens = m_pictureTokens.value(QString::fromStdString(picture->handle.hash()), facts ? facts->visualTokens : 0);
        if (tokens > 0) text += tr(" · %Ln token(s)", nullptr, static_cast<int>(tokens));
        auto* chip = qobject_cast<QToolButton*>(m_chipRow->itemAt(index++)->widget());
        chip->setAccessibleName(text);
        chip->setText(fontMetrics().elidedText(text, Qt::ElideMiddle, 260) + "  ✕");
    }
}

void Composer::count() {
    if (m_edit->toPlainText().isEmpty() && m_pictures.list().empty()) m_counts->clear();
    m_counter.count({m_edit->toPlainText(), m_pictures.list()}, parentOfDraft());
}

void Composer::showCounts(qint64 draft, qint64 left) {
    const QLocale locale;
    const int tokens = static_cast<int>(draft);
    m_counts->setText(left >= 0 ? tr("%Ln token(s) · %1 left", nullptr, tokens).arg(locale.toString(left))
                                : tr("%Ln token(s) · %1 too many for the model", nullptr, tokens).arg(locale.toString(-left)));
}

void Composer::followAnswering() {
    const bool answering = m_dialogue.isAnswering();
    m_send->setText(answering ? tr("Stop") : tr("Send"));
    m_send->setToolTip(answering ? tr("End the answer here (Esc)") : tr("Send the question (Enter)"));
    m_send->setAccessibleDescription(m_send->toolTip());
}

void Composer::followSelection() {
    const auto& hash = m_workspace.selection.picture();
    m_region->setEnabled(m_workspace.pictures.find(hash) != nullptr);
}

void Composer::followModel() {
    const auto facts = m_workspace.model.facts();
    const bool tasks = facts && facts->summary.runsTasks, chats = !facts || facts->summary.chats;
    m_tasks->setEnabled(tasks);
    m_tasks->setToolTip(tasks || !facts
                            ? tr("Florence-2's tasks on the picture")
                            : tr("The loaded model runs no Florence-2 tasks. Load a Florence-2 under Model."));
    m_edit->setHint(!facts ? tr("Load a model, then ask about the picture…")
                               : !chats ? tr("Choose a task; words for it go here…")
                               : tasks  ? tr("Ask, or choose a task…")
                                        : tr("Ask about the picture…"));
    if (facts) m_settings->setAdvice(facts->generation);
    m_pictureTokens.clear();
    showChips();
}

void Composer::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    // In a narrow panel the question needs the room more than the words on the buttons.
    const auto styleBelow = [this](int least) { return width() < least ? Qt::ToolButtonIconOnly : Qt::ToolButtonTextBesideIcon; };
    for (auto* button : {m_addPicture, m_region}) button->setToolButtonStyle(styleBelow(480));
    for (auto* button : {m_tasks, m_settingsButton}) button->setToolButtonStyle(styleBelow(400));
}

QSize Composer::minimumSizeHint() const { return {leastWidth, QWidget::minimumSizeHint().height()}; }

void Composer::dragEnterEvent(QDragEnterEvent* event) {
    if (DraftPictures::canAttach(*event->mimeData())) event->acceptProposedAction();
}

void Composer::dropEvent(QDropEvent* event) {
    m_pictures.attach(*event->mimeData());
    event->acceptProposedAction();
}

}  // namespace fusionscope::ui
