#include "ui/media/picture_view.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/common/accessible_role.h"
#include "ui/common/workspace.h"
#include "ui/media/picture_drawing.h"
#include "ui/media/picture_pyramid.h"
#include "ui/plot/numbers.h"

namespace fusionscope::ui {

namespace {

constexpr int tileCacheKib = 96 << 10;
constexpr double minimapSide = 144;
/// From this on a picture pixel is a square, not a blur.
constexpr double pixelZoom = 2;

}  // namespace

PictureView::PictureView(Workspace& workspace, QWidget* parent)
    : QWidget(parent), m_workspace(workspace), m_tiles(tileCacheKib) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setMinimumSize(160, 120);
    setAccessibleName(tr("Picture"));
    setAccessibleRole(*this, QAccessible::Graphic);
    setAccessibleDescription(tr("Arrow keys move the picture; with Ctrl they move the selected patch."));
    const auto redraw = qOverload<>(&QWidget::update);
    connect(&workspace.selection, &Selection::placesChanged, this, redraw);
    connect(&workspace.selection, &Selection::mapChanged, this, redraw);
    connect(&workspace.overlays, &Overlays::changed, this, redraw);
    connect(&workspace.overlays, &Overlays::opacityChanged, this, redraw);
    connect(&workspace.regions, &Regions::changed, this, [this] {
        m_chosenRegion = -1;
        update();
    });
}

PictureView::~PictureView() = default;

void PictureView::setShown(const QString& hash, const std::shared_ptr<const PicturePyramid>& shown,
                           const std::optional<image::PictureTransform>& shownToPicture) {
    if (shown == m_shown && hash == m_hash) return;
    const auto size = shown ? QSizeF(shown->size()) : QSizeF(1, 1);
    const bool sameShape = hash == m_hash && m_shown && shown && size == m_mapping.pictureSize();
    m_hash = hash;
    m_shown = shown;
    m_pictureToShown.reset();
    if (shownToPicture) {
        const auto& transform = *shownToPicture;
        m_pictureToShown = QTransform(1 / transform.scaleX, 0, 0, 1 / transform.scaleY,
                                      -transform.offsetX / transform.scaleX, -transform.offsetY / transform.scaleY);
    }
    m_tiles.clear();
    m_chosenRegion = -1;
    m_drag = Drag::None;
    m_tool.choose(tool());
    if (!sameShape) m_mapping.setPicture(size);
    setGrid(m_grid);
    afterMove();
}

void PictureView::setGrid(const std::optional<PatchGrid>& grid) {
    m_grid = grid;
    m_hovered.reset();
    const auto picture = m_workspace.pictures.find(m_hash);
    const auto size = picture ? picture->handle.size() : image::Size{};
    m_tool.setBounds(QSizeF(size.width, size.height), m_grid);
    update();
}

void PictureView::setTool(Tool tool) {
    if (tool != Tool::Select && !m_pictureToShown) tool = Tool::Select;
    m_tool.choose(tool);
    showCursor();
    update();
    emit toolChanged(tool);
}

void PictureView::fit() {
    m_mapping.fit();
    afterMove();
}

void PictureView::zoomTo(double zoom) {
    m_mapping.zoomTo(zoom, m_mapping.viewCentre());
    afterMove();
}

void PictureView::afterMove() {
    update();
    emit zoomChanged(m_shown ? m_mapping.zoom() : 0);
}

std::optional<QTransform> PictureView::pictureToView() const {
    if (!m_shown || !m_pictureToShown) return std::nullopt;
    return *m_pictureToShown * m_mapping.transform();
}

std::optional<QPointF> PictureView::pictureAt(QPointF view) const {
    const auto transform = pictureToView();
    return transform ? std::optional(transform->inverted().map(view)) : std::nullopt;
}

std::optional<Cell> PictureView::cellAt(QPointF view) const {
    const auto at = pictureAt(view);
    if (!at || !m_grid || !m_mapping.pictureRect().contains(view)) return std::nullopt;
    return m_grid->cellAt(*at);
}

const QImage& PictureView::tile(int level, int column, int row) {
    const auto key = quint64(level) << 48 | quint64(row) << 24 | quint64(column);
    if (const auto* found = m_tiles.object(key)) return *found;
    auto* made = new QImage(m_shown->tile(level, column, row));
    m_tiles.insert(key, made, int(made->sizeInBytes() >> 10) + 1);
    return *made;
}

void PictureView::drawTiles(QPainter& painter) {
    const double zoom = m_mapping.zoom(), ratio = m_mapping.ratio();
    const int level = m_shown->levelFor(zoom);
    const auto size = m_shown->sizeOf(level);
    // Odd sides are rounded up on the way down, so a level's pixel is not exactly a power of two wide.
    const double perX = double(m_shown->size().width()) / size.width();
    const double perY = double(m_shown->size().height()) / size.height();
    const auto part = m_mapping.visiblePart();
    const auto snapped = [&](double x, double y) {
        const auto at = m_mapping.toView({x * perX, y * perY});
        return QPointF(std::round(at.x() * ratio) / ratio, std::round(at.y() * ratio) / ratio);
    };
    painter.setRenderHint(QPainter::SmoothPixmapTransform, zoom < pixelZoom);
    constexpr int side = PicturePyramid::tileSide;
    const auto tileOf = [](double at, double per, int end) { return std::clamp(int(at / per), 0, end - 1) / side; };
    for (int row = tileOf(part.top(), perY, size.height()); row <= tileOf(part.bottom(), perY, size.height()); ++row)
        for (int column = tileOf(part.left(), perX, size.width()); column <= tileOf(part.right(), perX, size.width());
             ++column) {
            const auto& image = tile(level, column, row);
            const double x = column * side, y = row * side;
            painter.drawImage(QRectF(snapped(x, y), snapped(x + image.width(), y + image.height())), image);
        }
}

void PictureView::drawMarks(QPainter& painter) {
    const auto toView = pictureToView();
    if (!toView) return;
    const Marking marking{painter, *toView, m_mapping.pictureRect(), palette()};
    const auto overlay = m_workspace.overlays.map(m_hash);
    if (overlay && !overlay->image.isNull()) drawMap(marking, *overlay, m_workspace.overlays.opacity());
    if (overlay) fusionscope::ui::drawTiles(marking, overlay->tiles, QRectF(0, 0, overlay->transform.picture.width, overlay->transform.picture.height));
    if (m_grid && (overlay || !m_workspace.selection.map().isEmpty() || underMouse())) drawGrid(marking, *m_grid);
    if (m_grid) {
        painter.setClipRect(marking.bounds.adjusted(-2, -2, 2, 2));
        if (m_hovered) drawHovered(marking, *m_grid, *m_hovered);
        drawCells(marking, *m_grid, selectedCells());
        painter.setClipping(false);
    }
    drawFound(marking, m_workspace.overlays.regions(m_hash));
    drawRegions(marking, m_workspace.regions.of(m_hash), m_grid, m_chosenRegion);
    drawUnfinished(marking, m_tool, m_grid);
}

void PictureView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), palette().color(QPalette::Window).darker(107));
    if (!m_shown) return;
    drawTiles(painter);
    drawMarks(painter);
    if (const auto place = minimap())
        drawMinimap(painter, *m_shown, *place, m_mapping.visiblePart(), palette());
    if (m_showsFocus) {
        painter.setPen(palette().color(QPalette::Highlight));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
}

std::optional<QRectF> PictureView::minimap() const {
    if (!m_shown) return std::nullopt;
    const auto part = m_mapping.visiblePart();
    const auto whole = m_mapping.pictureSize();
    if (part.width() * part.height() > 0.7 * whole.width() * whole.height()) return std::nullopt;
    const auto size = whole.scaled(minimapSide, minimapSide, Qt::KeepAspectRatio);
    if (width() < 3 * size.width() || height() < 3 * size.height()) return std::nullopt;
    return QRectF(QPointF(std::round(width() - size.width() - 12), std::round(height() - size.height() - 12)), size);
}

QString PictureView::readingAt(QPointF view) const {
    const auto at = pictureAt(view);
    if (!at || !m_mapping.pictureRect().contains(view)) return {};
    QStringList parts;
    if (const auto cell = cellAt(view)) {
        parts << tr("patch row %1, column %2").arg(cell->row).arg(cell->column);
        const auto overlay = m_workspace.overlays.map(m_hash);
        const auto index = size_t(m_grid->indexOf(*cell));
        if (overlay && index < overlay->values.size())
            parts << tr("value %1").arg(plot::formatted(double(overlay->values[index]), 3));
    }
    const auto picture = m_workspace.pictures.find(m_hash);
    const int x = int(std::floor(at->x())), y = int(std::floor(at->y()));
    const auto size = picture ? picture->handle.size() : image::Size{};
    if (x >= 0 && y >= 0 && x < size.width && y < size.height) {
        const auto shown = m_mapping.toPicture(view);
        const int column = std::clamp(int(shown.x()), 0, m_shown->size().width() - 1);
        const int row = std::clamp(int(shown.y()), 0, m_shown->size().height() - 1);
        parts << tr("pixel %1, %2").arg(x).arg(y) << QColor(m_shown->stored(column, row)).name().toUpper();
    } else {
        parts << tr("padding");
    }
    for (const auto& region : m_workspace.overlays.regions(m_hash))
        if (!region.label.isEmpty() && region.outline.containsPoint(*at, Qt::OddEvenFill)) {
            parts << region.label.simplified().left(80);
            break;
        }
    return parts.join(QStringLiteral("   ·   "));
}

std::set<Cell> PictureView::selectedCells() const {
    std::set<Cell> cells;
    if (m_grid)
        for (const auto& place : m_workspace.selection.places()) cells.insert(m_grid->cellOf(place));
    return cells;
}

void PictureView::selectCells(const std::set<Cell>& cells) {
    std::vector<Place> places;
    for (const auto& cell : cells) places.push_back(m_grid->placeOf(cell));
    m_workspace.selection.setPlaces(places);
}

void PictureView::markSelectedPatches() {
    if (m_grid) add(regionOf(*m_grid, selectedCells()));
}

void PictureView::removeRegion() {
    const int last = int(m_workspace.regions.of(m_hash).size()) - 1;
    m_workspace.regions.remove(m_hash, m_chosenRegion >= 0 ? m_chosenRegion : last);
}

void PictureView::add(const std::optional<Region>& region) {
    if (region) {
        m_workspace.regions.add(m_hash, *region);
        setTool(Tool::Select);
    }
    update();
}

int PictureView::regionAt(QPointF view) const {
    const auto toView = pictureToView();
    if (!toView) return -1;
    const auto& regions = m_workspace.regions.of(m_hash);
    for (int index = int(regions.size()) - 1; index >= 0; --index)
        if (badgeOf(*toView, regions[size_t(index)]).contains(view)) return index;
    return -1;
}

}  // namespace fusionscope::ui
