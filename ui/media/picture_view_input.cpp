// What mouse and keyboard do in a PictureView.

#include <QApplication>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QNativeGestureEvent>
#include <cmath>

#include "ui/common/workspace.h"
#include "ui/media/picture_view.h"

namespace fusionscope::ui {

namespace {

constexpr double panStep = 64;
/// Steps of a wheel's notch; a notch is 120.
constexpr double zoomPerNotch = 1.25;
/// How near to its first corner a press closes a polygon, in the view.
constexpr double closingDistance = 9;

}  // namespace

bool PictureView::event(QEvent* event) {
    switch (event->type()) {
        case QEvent::ShortcutOverride:
            // While something is drawn, Esc ends that and nothing else.
            if (static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape && tool() != Tool::Select) event->accept();
            break;
        case QEvent::NativeGesture: {
            const auto* gesture = static_cast<QNativeGestureEvent*>(event);
            if (gesture->gestureType() != Qt::ZoomNativeGesture) break;
            m_mapping.zoomTo(m_mapping.zoom() * (1 + gesture->value()), gesture->position());
            afterMove();
            return true;
        }
        case QEvent::Enter: update(); break;
        case QEvent::Leave:
            hover(std::nullopt);
            update();
            break;
        case QEvent::FocusIn:  // who came by mouse knows where the focus is
            m_showsFocus = static_cast<QFocusEvent*>(event)->reason() == Qt::TabFocusReason ||
                           static_cast<QFocusEvent*>(event)->reason() == Qt::BacktabFocusReason;
            update();
            break;
        case QEvent::FocusOut:
            m_spaceHeld = m_showsFocus = false;
            update();
            break;
        default: break;
    }
    return QWidget::event(event);
}

void PictureView::resizeEvent(QResizeEvent*) {
    m_mapping.setView(size(), devicePixelRatioF());
    afterMove();
}

void PictureView::wheelEvent(QWheelEvent* event) {
    if (!m_shown) return event->ignore();
    m_mapping.zoomTo(m_mapping.zoom() * std::pow(zoomPerNotch, event->angleDelta().y() / 120.0), event->position());
    afterMove();
    event->accept();
}

void PictureView::mousePressEvent(QMouseEvent* event) {
    if (!m_shown) return event->ignore();
    m_pressed = m_last = event->position();
    m_moved = false;
    const auto map = minimap();
    if (map && map->contains(m_pressed) && event->button() == Qt::LeftButton) {
        m_drag = Drag::Minimap;
        moveMinimapTo(m_pressed);
    } else if (event->button() == Qt::MiddleButton || (m_spaceHeld && event->button() == Qt::LeftButton)) {
        m_drag = Drag::Pan;
    } else if (event->button() != Qt::LeftButton) {
        return event->ignore();
    } else if (tool() != Tool::Select) {
        m_drag = Drag::Region;
        const double finishes = closingDistance / pictureToView().value_or(QTransform()).m11();
        if (const auto at = pictureAt(m_pressed)) add(m_tool.press(*at, finishes));
    } else if (event->modifiers() & Qt::ShiftModifier && m_grid) {
        m_drag = Drag::Cells;
        m_cellsBefore = selectedCells();
    } else {
        m_drag = Drag::Pan;
    }
    showCursor();
}

void PictureView::mouseMoveEvent(QMouseEvent* event) {
    const auto at = event->position();
    if ((at - m_pressed).manhattanLength() >= QApplication::startDragDistance()) m_moved = true;
    switch (m_drag) {
        case Drag::Minimap: moveMinimapTo(at); break;
        case Drag::Pan:
            if (!m_moved) break;
            m_mapping.pan(at - m_last);
            m_last = at;
            afterMove();
            break;
        case Drag::Cells:
            if (m_moved) extendTo(at);
            break;
        case Drag::Region:
        case Drag::None:
            if (tool() == Tool::Select) break;
            if (const auto place = pictureAt(at)) m_tool.move(*place);
            update();
            break;
    }
    hover(at);
    showCursor();
}

void PictureView::hover(const std::optional<QPointF>& at) {
    const auto cell = at ? cellAt(*at) : std::nullopt;
    if (cell != m_hovered) {
        m_hovered = cell;
        update();
    }
    emit readingChanged(at ? readingAt(*at) : QString());
}

void PictureView::mouseReleaseEvent(QMouseEvent* event) {
    const auto drag = std::exchange(m_drag, Drag::None);
    if (drag == Drag::Region) {
        add(m_tool.release(event->modifiers() & Qt::ShiftModifier));
    } else if (!m_moved && event->button() == Qt::LeftButton && tool() == Tool::Select &&
               (drag == Drag::Pan || drag == Drag::Cells)) {
        click(m_pressed, drag == Drag::Cells);
    }
    showCursor();
}

void PictureView::mouseDoubleClickEvent(QMouseEvent* event) {
    if (tool() == Tool::Polygon && event->button() == Qt::LeftButton)
        add(m_tool.finish());  // the first of the two presses set the last corner
    else
        mousePressEvent(event);
}

void PictureView::click(QPointF at, bool extends) {
    if (const int region = regionAt(at); region >= 0 || m_chosenRegion >= 0) {
        m_chosenRegion = region;
        update();
        if (region >= 0) return;
    }
    if (!m_grid) return;
    const auto cell = cellAt(at);
    auto cells = extends ? m_cellsBefore : std::set<Cell>();
    if (cell && extends && cells.contains(*cell))
        cells.erase(*cell);
    else if (cell && selectedCells() != std::set{*cell})
        cells.insert(*cell);  // a click on the only selected patch takes it back
    selectCells(cells);
}

void PictureView::extendTo(QPointF at) {
    const auto first = cellAt(m_pressed), last = cellAt(at);
    if (!first || !last) return;
    auto cells = m_cellsBefore;
    for (const auto& cell : m_grid->between(*first, *last)) cells.insert(cell);
    selectCells(cells);
}

void PictureView::moveSelection(int rows, int columns, bool extends) {
    if (!m_grid) return;
    const auto& places = m_workspace.selection.places();
    auto cell = places.empty() ? Cell{m_grid->rows / 2, m_grid->columns / 2} : m_grid->cellOf(places.back());
    if (!places.empty())
        cell = {std::clamp(cell.row + rows, 0, m_grid->rows - 1),
                std::clamp(cell.column + columns, 0, m_grid->columns - 1)};
    auto moved = extends ? places : std::vector<Place>();
    std::erase(moved, m_grid->placeOf(cell));
    moved.push_back(m_grid->placeOf(cell));
    m_workspace.selection.setPlaces(moved);
    if (const auto toView = pictureToView()) emit readingChanged(readingAt(toView->map(m_grid->rectOf(cell).center())));
}

void PictureView::moveMinimapTo(QPointF at) {
    const auto place = minimap();
    if (!place) return;
    const auto size = m_mapping.pictureSize();
    m_mapping.centreOn({(at.x() - place->left()) / place->width() * size.width(),
                        (at.y() - place->top()) / place->height() * size.height()});
    afterMove();
}

void PictureView::keyPressEvent(QKeyEvent* event) {
    const auto step = [event]() -> QPoint {
        switch (event->key()) {
            case Qt::Key_Left: return {-1, 0};
            case Qt::Key_Right: return {1, 0};
            case Qt::Key_Up: return {0, -1};
            case Qt::Key_Down: return {0, 1};
            default: return {};
        }
    }();
    if (!step.isNull() && event->modifiers() & Qt::ControlModifier) {
        moveSelection(step.y(), step.x(), event->modifiers() & Qt::ShiftModifier);
    } else if (!step.isNull()) {
        m_mapping.pan(QPointF(-step) * panStep);
        afterMove();
    } else if (event->key() == Qt::Key_Space) {
        m_spaceHeld = true;
        showCursor();
    } else if (event->key() == Qt::Key_Escape && tool() != Tool::Select) {
        if (m_tool.isBegun())
            setTool(tool());
        else
            setTool(Tool::Select);
    } else if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && m_tool.isBegun()) {
        add(m_tool.finish());
    } else if (event->key() == Qt::Key_Backspace && m_tool.isBegun()) {
        m_tool.takeBack();
        update();
    } else {
        QWidget::keyPressEvent(event);
    }
}

void PictureView::keyReleaseEvent(QKeyEvent* event) {
    if (event->key() != Qt::Key_Space || event->isAutoRepeat()) return QWidget::keyReleaseEvent(event);
    m_spaceHeld = false;
    showCursor();
}

void PictureView::contextMenuEvent(QContextMenuEvent* event) {
    QMenu menu;
    const auto add = [&](const char* id) {
        if (auto* action = m_workspace.commands.find(id)) menu.addAction(action);
    };
    const int region = regionAt(event->pos());
    if (region >= 0) {
        menu.addAction(tr("Remove region %1").arg(region + 1), this,
                       [this, region] { m_workspace.regions.remove(m_hash, region); });
        menu.addSeparator();
    }
    for (const auto* id : {"media.box", "media.polygon", "media.patches", "media.mark_selected", "media.clear_regions"})
        add(id);
    menu.addSeparator();
    for (const auto* id : {"media.fit", "media.actual_size", "media.seen", "media.copy"}) add(id);
    menu.exec(event->globalPos());
}

void PictureView::showCursor() {
    if (m_drag == Drag::Pan && m_moved)
        setCursor(Qt::ClosedHandCursor);
    else if (m_spaceHeld)
        setCursor(Qt::OpenHandCursor);
    else
        setCursor(tool() == Tool::Select ? Qt::ArrowCursor : Qt::CrossCursor);
}

}  // namespace fusionscope::ui
