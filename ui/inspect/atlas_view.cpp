#include "ui/inspect/atlas_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QScrollArea>
#include <QShortcut>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/common/text_sizes.h"
#include "ui/common/workspace.h"
#include "ui/inspect/atlas_grid.h"
#include "ui/inspect/atlas_state.h"
#include "ui/inspect/bar_list.h"
#include "ui/inspect/fact_table.h"
#include "ui/inspect/labels.h"
#include "ui/inspect/large_map.h"

namespace fusionscope::ui {

namespace {

using engine::MapKind;

enum Fact { Activation, Shape, UnderMouse, Reaches };

/// The frame that marks what reaches the language model, as a key.
class FrameKey : public QWidget {
  public:
    explicit FrameKey(QWidget* parent = nullptr) : QWidget(parent) { setFixedSize(14, 14); }

  protected:
    void paintEvent(QPaintEvent*) override;
};

void FrameKey::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(palette().color(QPalette::Highlight), 2));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 3, 3);
}

QLabel* quietLabel(const QString& text = {}) {
    auto* label = new QLabel(text);
    label->setForegroundRole(QPalette::PlaceholderText);
    return label;
}

QToolButton* quietButton(const QString& text) {
    auto* button = new QToolButton;
    button->setText(text);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::StrongFocus);
    button->setAccessibleName(text);
    return button;
}

QWidget* scrolling(QWidget* content, bool sideways) {
    auto* area = new QScrollArea;
    area->setWidget(content);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setFocusPolicy(Qt::NoFocus);
    area->viewport()->setAutoFillBackground(false);
    content->setAutoFillBackground(false);
    if (!sideways) area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    return area;
}

}  // namespace

AtlasView::AtlasView(AtlasState& state, QWidget* parent)
    : QWidget(parent),
      m_state(state),
      m_grid(new AtlasGrid(state)),
      m_large(new LargeMap(state)),
      m_pages(new QStackedWidget),
      m_empty(quietLabel()),
      m_message(quietLabel()) {
    auto* below = new QHBoxLayout;
    below->setSpacing(0);
    below->addWidget(m_large, 3);
    below->addWidget(makeFacts(), 2);
    m_message->setWordWrap(true);
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);

    auto* atlas = new QWidget;
    auto* column = new QVBoxLayout(atlas);
    column->setContentsMargins(12, 4, 12, 8);
    column->setSpacing(4);
    column->addWidget(m_grid);
    column->addWidget(makeLegend());
    column->addWidget(makePromptField());
    column->addWidget(m_message);
    column->addLayout(below, 1);

    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setMargin(48);
    m_pages->addWidget(m_empty);
    m_pages->addWidget(scrolling(atlas, true));
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(m_pages);
    setTabOrder(m_grid, m_large);

    connect(m_grid, &AtlasGrid::hovered, this, [this](const auto& place) {
        m_large->setHovered(place);
        updateHovered(place);
    });
    connect(m_large, &LargeMap::hovered, this, &AtlasView::updateHovered);
    connect(&state, &AtlasState::enlargedChanged, this, &AtlasView::updateFacts);
    connect(&state, &AtlasState::optionsChanged, this, &AtlasView::updateFacts);
    connect(&state, &AtlasState::statusChanged, this, &AtlasView::updateStatus);
    connect(&state, &AtlasState::layoutChanged, this, &AtlasView::updateStatus);
    addCommands();
    updateStatus();
    updateFacts();
}

void AtlasView::say(const QString& message) {
    m_message->setText(message);
    m_message->setVisible(!message.isEmpty());
}

QWidget* AtlasView::makeLegend() {
    auto* legend = new QWidget;
    auto* add = quietButton(tr("+ add a prompt as a row"));
    add->setObjectName(QStringLiteral("addPrompt"));
    m_layers = quietButton(tr("language model's layers"));
    m_layers->setCheckable(true);
    m_note = quietLabel(QStringLiteral("·  ") + tr("colours are relative to the basis"));
    const auto group = [](std::initializer_list<QWidget*> widgets) {
        auto* row = new QHBoxLayout;
        row->setSpacing(6);
        for (auto* widget : widgets) row->addWidget(widget);
        row->addStretch();
        return row;
    };
    m_legend = new QBoxLayout(QBoxLayout::LeftToRight, legend);
    m_legend->setContentsMargins(0, 0, 0, 0);
    m_legend->setSpacing(0);
    m_legend->addLayout(group({new FrameKey, quietLabel(tr("reaches the language model")), m_note}));
    m_legend->addLayout(group({add, m_layers}), 1);
    for (auto* widget : legend->findChildren<QWidget*>()) widget->setFont(textFont(TextSize::Small));
    connect(add, &QToolButton::clicked, this, [this] { openPromptField(true); });
    connect(m_layers, &QToolButton::toggled, &m_state, &AtlasState::setShowsLanguageModel);
    return legend;
}

QWidget* AtlasView::makePromptField() {
    m_promptField = new QWidget;
    m_promptField->hide();
    m_promptName = new QLineEdit;
    m_promptName->setPlaceholderText(tr("name of the row"));
    m_promptName->setAccessibleName(tr("Name of the row"));
    m_promptName->setMaximumWidth(140);
    m_promptName->setMaxLength(40);
    m_promptName->setObjectName(QStringLiteral("promptName"));
    m_promptText = new QLineEdit;
    m_promptText->setPlaceholderText(tr("prompt for the vision tower, as “What does the image describe?”"));
    m_promptText->setAccessibleName(tr("Prompt for the vision tower"));
    m_promptText->setMaxLength(500);
    m_promptText->setObjectName(QStringLiteral("promptText"));
    auto* add = new QToolButton;
    add->setText(tr("Add"));
    add->setAccessibleName(tr("Add the row"));
    auto* cancel = quietButton(tr("Cancel"));
    auto* row = new QHBoxLayout(m_promptField);
    row->setContentsMargins(0, 0, 0, 4);
    row->addWidget(m_promptName);
    row->addWidget(m_promptText, 1);
    row->addWidget(add);
    row->addWidget(cancel);
    connect(add, &QToolButton::clicked, this, &AtlasView::addPrompt);
    connect(cancel, &QToolButton::clicked, this, [this] { openPromptField(false); });
    connect(m_promptName, &QLineEdit::returnPressed, m_promptText, qOverload<>(&QWidget::setFocus));
    connect(m_promptText, &QLineEdit::returnPressed, this, &AtlasView::addPrompt);
    auto* escape = new QShortcut(Qt::Key_Escape, m_promptField);
    escape->setContext(Qt::WidgetWithChildrenShortcut);
    connect(escape, &QShortcut::activated, this, [this] { openPromptField(false); });
    return m_promptField;
}

QWidget* AtlasView::makeFacts() {
    m_facts = new FactTable({tr("activation"), tr("shape"), tr("under the mouse"), tr("reaches")});
    m_facts->setObjectName(QStringLiteral("atlasFacts"));
    m_overlay = quietButton(tr("on the picture"));
    m_overlay->setCheckable(true);
    m_compare = quietButton(tr("keep for comparison"));
    m_compare->setCheckable(true);
    m_compare->setToolTip(tr("Keeps this picture beside the one, or the model, that you choose next"));
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(m_overlay);
    buttons->addWidget(m_compare);
    buttons->addStretch();
    auto* panel = new QWidget;
    panel->setMinimumWidth(280);
    auto* column = new QVBoxLayout(panel);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    column->addWidget(m_facts);
    column->addLayout(buttons);
    m_agreement = new BarList(tr("Agreement with the answer’s words"));
    column->addWidget(m_agreement);
    column->addStretch();
    connect(m_overlay, &QToolButton::toggled, &m_state, &AtlasState::setOverlaid);
    connect(&m_state, &AtlasState::overlaidChanged, m_overlay, &QToolButton::setChecked);
    connect(m_compare, &QToolButton::toggled, &m_state, &AtlasState::setComparing);
    return panel;
}

void AtlasView::addCommands() {
    auto& commands = m_state.workspace().commands;
    const auto menu = tr("Inspect");
    commands.add("inspect.kind", menu, tr("&Next kind of map"), Qt::Key_M, [this] { nextKind(1); });
    commands.add("inspect.previousKind", menu, tr("&Previous kind of map"), Qt::SHIFT | Qt::Key_M, [this] { nextKind(-1); });
    commands.add("inspect.overlay", menu, tr("Map &over the picture"), Qt::SHIFT | Qt::Key_O,
                 [this] { m_state.setOverlaid(!m_state.isOverlaid()); });
    commands.add("inspect.compare", menu, tr("&Keep for comparison"), Qt::SHIFT | Qt::Key_K, [this] { m_compare->toggle(); });
    commands.add("inspect.addPrompt", menu, tr("&Add a prompt as a row"), {}, [this] { openPromptField(true); });
    commands.add("inspect.layers", menu, tr("&Layers of the language model"), {}, [this] { m_layers->toggle(); });
}

void AtlasView::nextKind(int step) {
    constexpr int count = 6;
    m_state.setKind(static_cast<MapKind>((static_cast<int>(m_state.options().kind) + step + count) % count));
}

/// The legend stands in two lines where one would not fit.
void AtlasView::resizeEvent(QResizeEvent*) {
    int wide = 48;
    for (int i = 0; i < m_legend->count(); ++i) wide += m_legend->itemAt(i)->sizeHint().width();
    m_legend->setDirection(width() < wide ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
}

void AtlasView::showEvent(QShowEvent*) { m_state.setShown(this, true); }

void AtlasView::hideEvent(QHideEvent*) { m_state.setShown(this, false); }

void AtlasView::updateStatus() {
    const bool empty = m_state.cells().empty();
    m_pages->setCurrentIndex(empty ? 0 : 1);
    m_empty->setText(m_state.message());
    say(m_state.message());
}

void AtlasView::updateFacts() {
    const auto& map = m_state.enlarged().own;
    const auto& options = m_state.options();
    const auto kind = map ? map->kind : options.kind;
    m_note->setVisible(kind == MapKind::Pca || kind == MapKind::Foreground);
    for (const auto& [button, on] : {std::pair(m_compare, m_state.compared() != nullptr),
                                     std::pair(m_layers, m_state.showsLanguageModel())}) {
        const QSignalBlocker quiet(button);
        button->setChecked(on);
    }
    m_agreement->setBars(m_state.words().bars());
    if (m_state.current() < 0) return;
    if (m_state.showsWord()) {
        const auto& image = map->image;
        m_facts->setTitle(tr("“%1” in the picture").arg(m_state.words().word()));
        m_facts->setValue(Activation, QStringLiteral("fusion/projected"));
        m_facts->setValue(Shape, tr("%1 × %2 patches").arg(image.height()).arg(image.width()));
        m_facts->setValue(Reaches, tr("the language model"));
        updateHovered(m_hovered);
        return;
    }
    const auto& activation = m_state.cells()[static_cast<size_t>(m_state.current())].activation;
    auto what = kindTitle(kind);
    const auto& places = m_state.workspace().selection.places();
    if (kind == MapKind::Channel && map && map->channel >= 0) what = tr("channel %1").arg(map->channel);
    if (kind == MapKind::Similarity && places.size() == 1) {
        const auto column = static_cast<int>(std::floor(places[0].x * static_cast<double>(activation.shape[1])));
        const auto row = static_cast<int>(std::floor(places[0].y * static_cast<double>(activation.shape[0])));
        what = tr("similarity to patch (%1, %2)").arg(column).arg(row);
    } else if (kind == MapKind::Similarity && !places.empty()) {
        what = tr("similarity to %n patch(es)", nullptr, static_cast<int>(places.size()));
    }
    if (kind == MapKind::Similarity && options.origin == inspect::Origin::Mean) what += tr(", centred");
    m_facts->setTitle(cellTitle(activation) + QStringLiteral(" — ") + what);
    m_facts->setValue(Activation, QString::fromStdString(activation.name));
    m_facts->setValue(Shape, tr("%1 × %2 patches × %3 channels")
                                 .arg(activation.shape[0])
                                 .arg(activation.shape[1])
                                 .arg(activation.shape[2]));
    m_facts->setValue(Reaches, m_state.features() ? reachText(activation, *m_state.features()) : QString());
    updateHovered(m_hovered);
}

void AtlasView::updateHovered(const std::optional<Place>& place) {
    m_hovered = place;
    const auto& pair = m_state.enlarged();
    QString text;
    if (place && pair.own && !pair.own->image.isNull()) {
        const auto patch = [&](const QImage& image) {
            return QPoint(std::clamp(static_cast<int>(place->x * image.width()), 0, image.width() - 1),
                          std::clamp(static_cast<int>(place->y * image.height()), 0, image.height() - 1));
        };
        const auto at = patch(pair.own->image);
        text = tr("patch (%1, %2)   %3").arg(at.x()).arg(at.y()).arg(valueText(*pair.own, at.y(), at.x()));
        if (pair.other && !pair.other->image.isNull()) {
            const auto there = patch(pair.other->image);
            text += QStringLiteral("   |   ") + valueText(*pair.other, there.y(), there.x());
        }
    }
    m_facts->setValue(UnderMouse, text);
}

void AtlasView::openPromptField(bool open) {
    m_promptField->setVisible(open);
    if (open) m_promptName->setFocus();
}

void AtlasView::addPrompt() {
    const auto refusal = m_state.addPrompt(m_promptName->text(), m_promptText->text());
    say(refusal);
    if (!refusal.isEmpty()) return;
    m_promptName->clear();
    m_promptText->clear();
    openPromptField(false);
    m_grid->setFocus();
}

}  // namespace fusionscope::ui
