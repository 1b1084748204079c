#include "ui/shell/command_list.h"

#include <QCoreApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QPointer>
#include <QStyledItemDelegate>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/common/commands.h"
#include "ui/common/text_sizes.h"
#include "ui/shell/fuzzy_match.h"

namespace fusionscope::ui {

namespace {

constexpr int iconSide = 16;
constexpr int shortcutRole = Qt::UserRole + 1, actionRole = Qt::UserRole + 2;

/// Name at the left, shortcut at the right.
class CommandDelegate : public QStyledItemDelegate {
  public:
    using QStyledItemDelegate::QStyledItemDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
        QStyledItemDelegate::paint(painter, option, index);
        painter->save();
        painter->setFont(textFont(TextSize::Small));
        painter->setPen(option.palette.color(QPalette::PlaceholderText));
        painter->drawText(option.rect.adjusted(0, 0, -12, 0), Qt::AlignRight | Qt::AlignVCenter,
                          index.data(shortcutRole).toString());
        painter->restore();
    }
};

}  // namespace

CommandList::CommandList(const Commands& commands, QWidget* parent) : QFrame(parent, Qt::Popup), m_commands(commands) {
    setObjectName("sheet");
    setAccessibleName(tr("Commands"));
    m_search = new QLineEdit;
    m_search->setPlaceholderText(tr("Search commands"));
    m_search->setAccessibleName(tr("Search commands"));
    m_search->installEventFilter(this);
    m_list = new QListWidget;
    m_list->setAccessibleName(tr("Commands that fit"));
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setItemDelegate(new CommandDelegate(m_list));
    m_list->setIconSize({iconSide, iconSide});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->addWidget(m_search);
    layout->addWidget(m_list);
    connect(m_search, &QLineEdit::textChanged, this, &CommandList::fill);
    connect(m_list, &QListWidget::itemClicked, this, &CommandList::run);
}

void CommandList::open() {
    const auto* window = parentWidget();
    resize(std::min(560, window->width() - 32), std::min(420, window->height() - 64));
    move(window->mapToGlobal(QPoint((window->width() - width()) / 2, 48)));
    m_search->clear();
    fill();
    show();
    m_search->setFocus();
}

void CommandList::fill() {
    struct Row {
        QAction* action;
        QString name;
        int score;
    };
    std::vector<Row> rows;
    for (const auto& [action, menu] : m_commands.entries()) {
        auto name = menu + ": " + action->text();
        name.remove('&');
        if (const int score = fuzzyScore(m_search->text(), name); score >= 0 && action->isVisible())
            rows.push_back({action, name, score});
    }
    std::ranges::stable_sort(rows, std::greater<>(), [](const Row& row) { return std::pair(row.score, row.action->isEnabled()); });
    m_list->clear();
    QPixmap nothing(iconSide, iconSide);  // so that all names begin at one place
    nothing.fill(Qt::transparent);
    for (const auto& row : rows) {
        auto* item = new QListWidgetItem(row.action->icon().isNull() ? QIcon(nothing) : row.action->icon(), row.name, m_list);
        item->setData(shortcutRole, row.action->shortcut().toString(QKeySequence::NativeText));
        item->setData(actionRole, QVariant::fromValue<QObject*>(row.action));
        if (!row.action->isEnabled()) item->setFlags(Qt::NoItemFlags);
    }
    m_list->setCurrentRow(0);
}

void CommandList::run() {
    const auto* item = m_list->currentItem();
    if (!item || !item->flags().testFlag(Qt::ItemIsEnabled)) return;
    const QPointer<QAction> action(qobject_cast<QAction*>(item->data(actionRole).value<QObject*>()));
    close();
    // After the popup has gone, so that the command finds the window as it was.
    QMetaObject::invokeMethod(parentWidget(), [action] {
        if (action) action->trigger();
    }, Qt::QueuedConnection);
}

bool CommandList::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() != QEvent::KeyPress) return QFrame::eventFilter(watched, event);
    switch (static_cast<QKeyEvent*>(event)->key()) {
        case Qt::Key_Up:
        case Qt::Key_Down:
        case Qt::Key_PageUp:
        case Qt::Key_PageDown: QCoreApplication::sendEvent(m_list, event); return true;
        case Qt::Key_Return:
        case Qt::Key_Enter: run(); return true;
        default: return QFrame::eventFilter(watched, event);
    }
}

}  // namespace fusionscope::ui
