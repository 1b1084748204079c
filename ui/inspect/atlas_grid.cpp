#include "ui/inspect/atlas_grid.h"

#include <QAccessible>
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/common/accessible_role.h"
#include "ui/common/text_sizes.h"
#include "ui/common/workspace.h"
#include "ui/inspect/atlas_state.h"
#include "ui/inspect/labels.h"

namespace fusionscope::ui {

namespace {

constexpr double gap = 8, headHeight = 24, leastCell = 32, largestCell = 72, frameGap = 3;

double labelWidth() { return QFontMetricsF(textFont()).averageCharWidth() * 16; }

/// "tower/", "fusion/", "llm/": the part of the model an activation belongs to.
std::string partOf(const std::string& name) { return name.substr(0, name.find('/') + 1); }

QColor faint(QColor colour, int alpha) {
    colour.setAlpha(alpha);
    return colour;
}

/// The place of a text in a list; put at the end when it is new.
size_t placeIn(std::vector<std::string>& list, const std::string& text) {
    const auto found = std::ranges::find(list, text);
    const auto place = static_cast<size_t>(found - list.begin());
    if (found == list.end()) list.push_back(text);
    return place;
}

}  // namespace

AtlasGrid::AtlasGrid(AtlasState& state, QWidget* parent) : QWidget(parent), m_state(state) {
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("Feature maps by depth and prompt"));
    setAccessibleRole(*this, QAccessible::Graphic);
    setObjectName(QStringLiteral("atlasGrid"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&state, &AtlasState::layoutChanged, this, &AtlasGrid::arrange);
    connect(&state, &AtlasState::cellChanged, this, [this](int cell) {
        update(rectOf(cell).adjusted(-gap, -gap, gap, gap).toAlignedRect());
        if (cell == m_state.current()) tellAccessibly();
    });
    connect(&state.workspace().selection, &Selection::placesChanged, this, [this] { update(); });
    connect(&state, &AtlasState::enlargedChanged, this, [this] { update(); });
    arrange();
}

QRectF AtlasGrid::rectOf(int cell) const {
    return cell >= 0 && cell < static_cast<int>(m_rects.size()) ? m_rects[static_cast<size_t>(cell)] : QRectF();
}

void AtlasGrid::arrange() {
    const auto& cells = m_state.cells();
    m_rects.assign(cells.size(), {});
    m_rows.clear();
    m_columns.clear();
    std::vector<std::string> parts, depths;
    for (const auto& cell : cells) {
        const auto part = partOf(cell.activation.name);
        placeIn(parts, part);
        if (part == parts.front()) placeIn(depths, cell.activation.column);
    }
    const double columns = std::max<double>(1, static_cast<double>(depths.size()));
    m_cell = std::clamp(std::floor((width() - labelWidth() - gap) / columns - gap), leastCell, largestCell);
    double bottom = 0;
    for (const auto& part : parts) bottom = arrangePart(part, bottom);
    m_size = QSize(static_cast<int>(std::ceil(labelWidth() + columns * (leastCell + gap) + gap)),
                   static_cast<int>(std::ceil(bottom)));
    setMinimumHeight(m_size.height());
    updateGeometry();
    update();
}

double AtlasGrid::arrangePart(const std::string& part, double top) {
    const auto& cells = m_state.cells();
    std::vector<std::string> rows, columns;
    std::vector<int> examples, rowExamples;  // a cell of each column and row
    for (size_t i = 0; i < cells.size(); ++i) {
        const auto& activation = cells[i].activation;
        if (partOf(activation.name) != part) continue;
        if (placeIn(rows, activation.row) == rowExamples.size()) rowExamples.push_back(static_cast<int>(i));
        if (placeIn(columns, activation.column) == examples.size()) examples.push_back(static_cast<int>(i));
    }
    const double pitch = m_cell + gap;
    const bool wraps = rows.size() == 1;
    const auto perLine = wraps ? std::max<size_t>(1, static_cast<size_t>((width() - labelWidth()) / pitch)) : columns.size();
    const double lineHeight = headHeight + static_cast<double>(rows.size()) * pitch;
    const auto placeOf = [&](size_t row, size_t column) {
        return QPointF(labelWidth() + static_cast<double>(column % perLine) * pitch,
                       top + headHeight + static_cast<double>(column / perLine) * lineHeight +
                           static_cast<double>(row) * pitch);
    };
    for (size_t column = 0; column < columns.size(); ++column) {
        const auto below = placeOf(0, column);
        m_columns.push_back({QRectF(below.x() - gap / 2, below.y() - headHeight, pitch, headHeight),
                             columnTitle(cells[static_cast<size_t>(examples[column])].activation), {}, examples[column], {}});
    }
    for (size_t row = 0; row < rows.size(); ++row)
        m_rows.push_back({QRectF(0, placeOf(row, 0).y(), labelWidth() - gap, m_cell), rowTitle(rows[row]),
                          rowDetail(cells[static_cast<size_t>(rowExamples[row])].activation, m_state.extraPrompts()), -1,
                          rows[row]});
    for (size_t i = 0; i < cells.size(); ++i) {
        const auto& activation = cells[i].activation;
        if (partOf(activation.name) == part)
            m_rects[i] = QRectF(placeOf(placeIn(rows, activation.row), placeIn(columns, activation.column)),
                                QSizeF(m_cell, m_cell));
    }
    return top + std::ceil(static_cast<double>(columns.size()) / static_cast<double>(perLine)) * lineHeight;
}

void AtlasGrid::paintEvent(QPaintEvent* event) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const auto ink = palette().color(QPalette::WindowText), muted = palette().color(QPalette::PlaceholderText);
    const auto& cells = m_state.cells();
    const int current = m_state.current();
    const auto* chosen = current >= 0 ? &cells[static_cast<size_t>(current)].activation : nullptr;

    painter.setFont(textFont(TextSize::Small));
    painter.setPen(muted);
    if (!m_columns.empty())
        painter.drawText(QRectF(0, 0, labelWidth() - gap, headHeight), Qt::AlignVCenter | Qt::AlignLeft, tr("depth →"));
    const QFontMetricsF small(painter.font());
    for (const auto& column : m_columns) {
        const auto& activation = cells[static_cast<size_t>(column.cell)].activation;
        const bool isChosen = chosen && chosen->column == activation.column && partOf(chosen->name) == partOf(activation.name);
        painter.setPen(isChosen ? ink : muted);
        // The last title of a line may go on to the right, where nothing stands.
        const bool isLast = std::ranges::none_of(m_columns, [&](const auto& other) {
            return other.rect.top() == column.rect.top() && other.rect.left() > column.rect.left();
        });
        const bool fits = small.horizontalAdvance(column.title) <= column.rect.width();
        const auto room = isLast && !fits ? column.rect.adjusted(0, 0, m_cell, 0) : column.rect;
        painter.drawText(room, fits ? Qt::AlignCenter : Qt::AlignVCenter | Qt::AlignLeft,
                         small.elidedText(column.title, Qt::ElideRight, room.width()));
    }
    for (const auto& row : m_rows) {
        const bool isChosen = chosen && chosen->row == row.row;
        auto font = textFont();
        font.setWeight(isChosen ? QFont::DemiBold : QFont::Normal);
        painter.setFont(font);
        painter.setPen(ink);
        const QFontMetricsF metrics(font);
        const auto detail = small.boundingRect(QRectF(0, 0, row.rect.width(), 2 * small.height()), Qt::TextWordWrap, row.detail);
        const double height = metrics.height() + std::min(detail.height(), 2 * small.height());
        const double top = row.rect.top() + std::max(0.0, (m_cell - height) / 2);
        painter.drawText(QRectF(row.rect.left(), top, row.rect.width(), metrics.height()), Qt::AlignLeft,
                         metrics.elidedText(row.title, Qt::ElideRight, row.rect.width()));
        painter.setFont(textFont(TextSize::Small));
        painter.setPen(muted);
        painter.drawText(QRectF(row.rect.left(), top + metrics.height(), row.rect.width(), 2 * small.height()),
                         Qt::AlignLeft | Qt::TextWordWrap, row.detail);
    }
    for (int cell = 0; cell < static_cast<int>(cells.size()); ++cell)
        if (rectOf(cell).adjusted(-gap, -gap, gap, gap).intersects(event->rect())) paintCell(painter, cell);
}

void AtlasGrid::paintCell(QPainter& painter, int cell) {
    const auto rect = rectOf(cell);
    const auto& entry = m_state.cells()[static_cast<size_t>(cell)];
    const auto accent = palette().color(QPalette::Highlight);
    painter.setPen(Qt::NoPen);
    if (cell == m_state.current()) {
        painter.setBrush(faint(accent, hasFocus() ? 150 : 90));
        painter.drawRoundedRect(rect.adjusted(-gap + 1, -gap + 1, gap - 1, gap - 1), 6, 6);
        painter.setBrush(palette().color(QPalette::Window));
        painter.drawRoundedRect(rect.adjusted(-frameGap - 1, -frameGap - 1, frameGap + 1, frameGap + 1), 5, 5);
    }
    QPainterPath shape;
    shape.addRoundedRect(rect, 3, 3);
    const auto& map = entry.drawn.own;
    if (map && !map->image.isNull()) {
        painter.save();
        painter.setClipPath(shape);
        // Patches stay sharp, unless there are more of them than pixels.
        painter.setRenderHint(QPainter::SmoothPixmapTransform, map->image.width() > rect.width() * devicePixelRatioF());
        painter.drawImage(rect, map->image);
        painter.restore();
        paintPatches(painter, cell);
    } else {
        painter.setBrush(palette().color(QPalette::Mid));
        painter.setOpacity(0.35);
        painter.drawPath(shape);
        painter.setOpacity(1);
    }
    painter.setBrush(Qt::NoBrush);
    if (entry.activation.reachesLanguageModel) {
        painter.setPen(QPen(accent, 2));
        painter.drawRoundedRect(rect.adjusted(-frameGap, -frameGap, frameGap, frameGap), 6, 6);
    }
}

/// Outlines the selected patches; those of fine grids are drawn as large as can be seen.
void AtlasGrid::paintPatches(QPainter& painter, int cell) {
    const auto rect = rectOf(cell);
    const auto& shape = m_state.cells()[static_cast<size_t>(cell)].activation.shape;
    painter.setBrush(Qt::NoBrush);
    for (const auto& place : m_state.workspace().selection.places()) {
        const double width = rect.width() / static_cast<double>(shape[1]), height = rect.height() / static_cast<double>(shape[0]);
        const double left = rect.left() + std::min(std::floor(place.x * static_cast<double>(shape[1])), static_cast<double>(shape[1] - 1)) * width;
        const double top = rect.top() + std::min(std::floor(place.y * static_cast<double>(shape[0])), static_cast<double>(shape[0] - 1)) * height;
        const double grow = std::max(0.0, (4 - width) / 2);
        const auto box = QRectF(left, top, width, height).adjusted(-grow, -grow, grow, grow);
        painter.setPen(QPen(QColor(0, 0, 0, 150), 2.5));
        painter.drawRect(box);
        painter.setPen(QPen(Qt::white, 1));
        painter.drawRect(box);
    }
}

void AtlasGrid::resizeEvent(QResizeEvent*) { arrange(); }

void AtlasGrid::changeEvent(QEvent* event) {
    if (event->type() == QEvent::FontChange || event->type() == QEvent::LanguageChange) arrange();
    QWidget::changeEvent(event);
}

int AtlasGrid::cellAt(const QPointF& point) const {
    for (size_t i = 0; i < m_rects.size(); ++i)
        if (m_rects[i].adjusted(-gap / 2, -gap / 2, gap / 2, gap / 2).contains(point)) return static_cast<int>(i);
    return -1;
}

std::string AtlasGrid::rowAt(const QPointF& point) const {
    for (const auto& row : m_rows)
        if (row.rect.contains(point)) return row.row;
    const int cell = cellAt(point);
    return cell >= 0 ? m_state.cells()[static_cast<size_t>(cell)].activation.row : std::string();
}

void AtlasGrid::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton) m_state.setCurrent(cellAt(event->position()));
}

void AtlasGrid::mouseMoveEvent(QMouseEvent* event) {
    const int cell = cellAt(event->position());
    if (cell < 0 || cell != m_state.current()) {
        emit hovered(std::nullopt);
        return;
    }
    const auto rect = rectOf(cell);
    emit hovered(Place{std::clamp((event->position().x() - rect.left()) / rect.width(), 0.0, 1.0),
                       std::clamp((event->position().y() - rect.top()) / rect.height(), 0.0, 1.0)});
}

void AtlasGrid::leaveEvent(QEvent*) { emit hovered(std::nullopt); }

void AtlasGrid::mouseDoubleClickEvent(QMouseEvent* event) {
    if (cellAt(event->position()) == m_state.current()) m_state.setOverlaid(!m_state.isOverlaid());
}

void AtlasGrid::contextMenuEvent(QContextMenuEvent* event) {
    const auto row = rowAt(event->pos());
    const auto& prompts = m_state.extraPrompts();
    if (std::ranges::none_of(prompts, [&](const auto& prompt) { return prompt.starts_with(row + "="); })) return;
    QMenu menu;
    const auto* remove = menu.addAction(tr("Remove the row “%1”").arg(rowTitle(row)));
    if (menu.exec(event->globalPos()) == remove) m_state.removePrompt(row);
}

int AtlasGrid::neighbour(int dx, int dy) const {
    const auto from = rectOf(m_state.current()).center();
    int best = -1;
    double shortest = 1e9;
    for (int cell = 0; cell < static_cast<int>(m_rects.size()); ++cell) {
        const auto step = rectOf(cell).center() - from;
        const double along = dx != 0 ? step.x() * dx : step.y() * dy, across = std::abs(dx != 0 ? step.y() : step.x());
        if (along < 1 || (dx != 0 && across > 1)) continue;  // left and right stay in the row
        const double distance = 1000 * along + across;       // up and down: the next row first, then the nearest in it
        if (distance < shortest) {
            shortest = distance;
            best = cell;
        }
    }
    return best;
}

void AtlasGrid::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
        case Qt::Key_Left: m_state.setCurrent(neighbour(-1, 0)); break;
        case Qt::Key_Right: m_state.setCurrent(neighbour(1, 0)); break;
        case Qt::Key_Up: m_state.setCurrent(neighbour(0, -1)); break;
        case Qt::Key_Down: m_state.setCurrent(neighbour(0, 1)); break;
        case Qt::Key_Home: m_state.setCurrent(0); break;
        case Qt::Key_End: m_state.setCurrent(static_cast<int>(m_rects.size()) - 1); break;
        case Qt::Key_Return:
        case Qt::Key_Enter: m_state.setOverlaid(!m_state.isOverlaid()); break;
        case Qt::Key_Delete:
            if (m_state.current() >= 0)
                m_state.removePrompt(m_state.cells()[static_cast<size_t>(m_state.current())].activation.row);
            break;
        default: QWidget::keyPressEvent(event);
    }
}

bool AtlasGrid::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const int cell = cellAt(help->pos());
    if (cell < 0) {
        QToolTip::hideText();
        return true;
    }
    const auto& entry = m_state.cells()[static_cast<size_t>(cell)];
    auto text = cellTitle(entry.activation) + u'\n' + QString::fromStdString(entry.activation.name);
    if (entry.drawn.own && !entry.drawn.own->problem.isEmpty()) text += u'\n' + entry.drawn.own->problem;
    QToolTip::showText(help->globalPos(), text, this, rectOf(cell).toAlignedRect());
    return true;
}

void AtlasGrid::tellAccessibly() {
    const auto& activation = m_state.cells()[static_cast<size_t>(m_state.current())].activation;
    setAccessibleDescription(activation.reachesLanguageModel
                                 ? tr("%1, reaches the language model").arg(cellTitle(activation))
                                 : tr("%1, only shown").arg(cellTitle(activation)));
    QAccessibleEvent changed(this, QAccessible::DescriptionChanged);
    QAccessible::updateAccessibility(&changed);
}

}  // namespace fusionscope::ui
