#include "ui/plot/atlas_painter.h"

#include <QPainter>
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "ui/plot/numbers.h"
#include "ui/plot/text.h"

namespace fusionscope::plot {

namespace {

constexpr double cornerRadius = 4;
constexpr double markWidth = 2;
constexpr double smallestSelection = 8;  ///< a selected point is drawn as a box that can be seen

class AtlasPainter {
  public:
    AtlasPainter(QPainter& painter, const AtlasPage& page, const AtlasLayout& layout, Theme theme, double rasterScale)
        : m_painter(painter), m_page(page), m_layout(layout), m_colours(paletteOf(theme)), m_rasterScale(rasterScale) {}

    void paint() {
        m_painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing | QPainter::LosslessImageRendering);
        m_painter.fillRect(QRectF(QPointF(0, 0), QSizeF(m_layout.size)), m_colours.paper);
        paintHeading();
        paintPicture();
        paintHeads();
        for (std::size_t i = 0; i < m_page.cells.size(); ++i) paintCell(m_page.cells[i], m_layout.cells[i], m_layout.ranges[i]);
        paintMarks();
        paintFoot();
    }

  private:
    TextStyle body() const { return {TextSize::Body, m_colours.ink}; }
    TextStyle quiet(bool figures = false) const { return {TextSize::Small, m_colours.muted, false, figures}; }

    void paintHeading() {
        drawLine(m_painter, m_layout.title, Qt::AlignLeft, m_page.title, {TextSize::Title, m_colours.ink, true});
        drawLine(m_painter, m_layout.subtitle, Qt::AlignLeft, m_page.subtitle, {TextSize::Body, m_colours.muted});
    }

    void paintPicture() {
        if (m_page.picture.isNull()) return;
        drawLine(m_painter, m_layout.pictureCaption, Qt::AlignLeft, m_page.pictureCaption, quiet());
        paintImage(m_page.picture, m_layout.picture, Qt::SmoothTransformation);
        paintFrame(m_layout.picture, 0, cornerRadius, m_colours.line, 1);
        paintSelection(m_layout.picture);
    }

    void paintHeads() {
        drawLine(m_painter, m_layout.columnAxis, Qt::AlignLeft, m_page.columnAxis + QStringLiteral(" →"), quiet());
        for (std::size_t i = 0; i < m_page.columns.size(); ++i) {
            const QRectF& box = m_layout.columnHeads[i];
            const bool two = !m_page.columns[i].detail.isEmpty();
            const QRectF line(box.left(), box.bottom() - (two ? 32 : 16), box.width(), 16);
            drawLine(m_painter, line, Qt::AlignHCenter, m_page.columns[i].title, {TextSize::Small, m_colours.ink});
            if (two) drawLine(m_painter, line.translated(0, 16), Qt::AlignHCenter, m_page.columns[i].detail, quiet(true));
        }
        for (std::size_t i = 0; i < m_page.rows.size(); ++i) paintRowHead(m_page.rows[i], m_layout.rowHeads[i], firstCellOf(i));
    }

    /// Where the row's first map begins; nothing when it has none.
    std::optional<double> firstCellOf(std::size_t row) const {
        std::optional<double> left;
        for (std::size_t i = 0; i < m_page.cells.size(); ++i) {
            const double x = m_layout.cells[i].left();
            if (static_cast<std::size_t>(m_page.cells[i].row) == row && (!left || x < *left)) left = x;
        }
        return left;
    }

    void paintRowHead(const AtlasLabel& label, const QRectF& box, std::optional<double> firstCell) {
        const QStringList details = wrapped(label.detail, box.width(), 2, quiet());
        const double height = 20 + 14 * static_cast<double>(details.size());
        QRectF line(box.left(), box.center().y() - height / 2, box.width(), 20);
        drawLine(m_painter, line, Qt::AlignLeft, label.title, body());
        // The eye needs a line to follow where a row begins far from its head.
        if (firstCell && *firstCell > box.right() + 64) paintHairline(box.right() + 16, *firstCell - 16, box.center().y());
        line = QRectF(box.left(), line.bottom(), box.width(), 14);
        for (const QString& detail : details) {
            drawLine(m_painter, line, Qt::AlignLeft, detail, quiet());
            line.translate(0, 14);
        }
    }

    void paintCell(const AtlasCell& cell, const QRectF& box, const QRectF& range) {
        const QSizeF shown = QSizeF(cell.image.size()).scaled(box.size(), Qt::KeepAspectRatio);
        QRectF place(QPointF(0, 0), shown);
        place.moveCenter(box.center());
        paintImage(cell.image, place, Qt::FastTransformation);
        if (cell.reachesLanguageModel) {
            paintFrame(place, markGap, cornerRadius + markGap, m_colours.accent, markWidth);
        } else {
            paintFrame(place, 0, cornerRadius, m_colours.line, 1);
        }
        if (m_page.selectionColumn < 0 || m_page.selectionColumn == cell.column) paintSelection(place);
        if (cell.range) drawLine(m_painter, range, Qt::AlignHCenter, formatted(*cell.range), quiet(true));
    }

    void paintMarks() {
        double x = m_layout.marks.left() + markGap + 1;
        const auto mark = [&](const QString& text, bool reaches) {
            const QRectF swatch(x, m_layout.marks.center().y() - 6, 12, 12);
            fillRounded(swatch, 2, m_colours.line);
            if (reaches) paintFrame(swatch, 1.5, 3.5, m_colours.accent, 1.5);
            paintMarkText(text, x += 22);
        };
        mark(QStringLiteral("reaches the language model"), true);
        mark(QStringLiteral("only shown"), false);
        if (!m_page.note.isEmpty()) paintMarkText(m_page.note, x);
    }

    void paintMarkText(const QString& text, double& x) {
        const double left = m_layout.marks.right() - x;
        drawLine(m_painter, QRectF(x, m_layout.marks.top(), left, m_layout.marks.height()), Qt::AlignLeft, text, quiet());
        x = std::min(x + widthOf(text, quiet()) + 24, m_layout.marks.right());
    }

    void paintFoot() {
        if (m_layout.legend.height() <= 0 && m_page.recipe.empty()) return;
        const double right = m_layout.size.width() - m_layout.title.left();
        paintHairline(m_layout.title.left(), right, m_layout.rule);
        std::visit([this](const auto& legend) { paintLegend(legend); }, m_page.legend);
        for (std::size_t i = 0; i < m_page.recipe.size(); ++i) paintFact(m_page.recipe[i], m_layout.facts[i]);
    }

    void paintFact(const AtlasFact& fact, const QRectF& box) {
        const TextStyle valueStyle{TextSize::Small, m_colours.ink, false, true};
        QRectF line(box.left(), box.top() + 4, m_layout.factIndent - 8, 16);
        drawLine(m_painter, line, Qt::AlignLeft, fact.name, quiet());
        line = QRectF(box.left() + m_layout.factIndent, line.top(), box.width() - m_layout.factIndent, 16);
        for (const QString& part : wrapped(fact.value, line.width(), factLines, valueStyle)) {
            drawLine(m_painter, line, Qt::AlignLeft, part, valueStyle);
            line.translate(0, 16);
        }
    }

    void paintLegend(const std::monostate&) {}

    void paintLegend(const ColourBar& bar) {
        const QRectF& box = m_layout.legend;
        const QRectF head(box.left(), box.top(), box.width(), 24);
        drawLine(m_painter, head, Qt::AlignLeft, bar.quantity, {TextSize::Small, m_colours.ink});
        const QRectF strip(box.left(), head.bottom(), box.width(), 12);
        QImage colours(256, 1, QImage::Format_RGB32);
        for (int i = 0; i < 256; ++i) colours.setPixel(i, 0, colourAt(bar.scale, i / 255.0));
        paintImage(colours, strip, Qt::FastTransformation);
        paintFrame(strip, 0, cornerRadius, m_colours.line, 1);
        const QRectF labels(box.left(), strip.bottom() + 6, box.width(), 16);
        if (!bar.range) {
            drawLine(m_painter, labels, Qt::AlignLeft, QStringLiteral("low"), quiet());
            drawLine(m_painter, labels, Qt::AlignRight, QStringLiteral("high"), quiet());
            return;
        }
        drawLine(m_painter, head, Qt::AlignRight, formatted(*bar.range), quiet(true));
        for (const Tick& tick : ticksOf(*bar.range)) paintTick(tick, *bar.range, strip, labels);
    }

    void paintTick(const Tick& tick, inspect::Range range, const QRectF& strip, const QRectF& labels) {
        const double width = static_cast<double>(range.high) - range.low;
        const double x = strip.left() + strip.width() * (width > 0 ? (tick.value - range.low) / width : 0.5);
        m_painter.fillRect(QRectF(x - 0.5, strip.bottom() + 1, 1, 4), m_colours.muted);
        const double half = widthOf(tick.label, quiet(true)) / 2;
        const double centre = std::clamp(x, labels.left() + half, labels.right() - half);
        drawLine(m_painter, QRectF(centre - half - 1, labels.top(), 2 * half + 2, labels.height()), Qt::AlignHCenter, tick.label,
                 quiet(true));
    }

    void paintLegend(const ClassKey& key) {
        const double half = m_layout.legend.width() / 2;
        for (int i = 0; i < key.count; ++i) {
            const QString text = i < key.names.size() ? key.names[i] : QString::number(i + 1);
            paintSwatch(QRectF(m_layout.legend.left() + (i % 2) * half, m_layout.legend.top() + (i / 2) * 24.0, half - 8, 24),
                        QColor::fromRgb(classColour(i)), text);
        }
    }

    void paintLegend(const ComponentKey& key) {
        static const QColor colours[] = {QColor(0xE0, 0x31, 0x31), QColor(0x2F, 0x9E, 0x44), QColor(0x1C, 0x6F, 0xD6)};
        static const char* const names[] = {"red", "green", "blue"};
        for (int i = 0; i < 3; ++i) {
            const QRectF box(m_layout.legend.left(), m_layout.legend.top() + i * 24.0, m_layout.legend.width(), 24);
            paintSwatch(box, colours[i], QStringLiteral("%1: component %2").arg(QLatin1String(names[i])).arg(i + 1));
            if (static_cast<std::size_t>(i) >= key.shares.size()) continue;
            const QString share = formatted(key.shares[static_cast<std::size_t>(i)] * 100, 1) + QStringLiteral(" % of variance");
            drawLine(m_painter, box, Qt::AlignRight, share, quiet(true));
        }
    }

    void paintSwatch(const QRectF& box, const QColor& colour, const QString& text) {
        fillRounded(QRectF(box.left(), box.center().y() - 6, 12, 12), 3, colour);
        drawLine(m_painter, box.adjusted(20, 0, 0, 0), Qt::AlignLeft, text, {TextSize::Small, m_colours.ink, false, true});
    }

    /// Sampled here for the device, with round corners on the paper's colour: renderers that would smooth patches or cannot
    /// clip (SVG) get finished pixels.
    void paintImage(const QImage& image, const QRectF& place, Qt::TransformationMode enlarging) {
        const QSize pixels(std::max(1, static_cast<int>(std::lround(place.width() * m_rasterScale))),
                           std::max(1, static_cast<int>(std::lround(place.height() * m_rasterScale))));
        const bool shrinks = image.width() > pixels.width() || image.height() > pixels.height();
        const QImage sampled = image.scaled(pixels, Qt::IgnoreAspectRatio, shrinks ? Qt::SmoothTransformation : enlarging);
        QImage finished(pixels, QImage::Format_RGB32);
        finished.fill(m_colours.paper);
        QPainter corners(&finished);
        corners.setRenderHint(QPainter::Antialiasing);
        corners.setPen(Qt::NoPen);
        corners.setBrush(sampled);
        corners.drawRoundedRect(finished.rect(), cornerRadius * m_rasterScale, cornerRadius * m_rasterScale);
        corners.end();
        m_painter.setRenderHint(QPainter::SmoothPixmapTransform, enlarging == Qt::SmoothTransformation);
        m_painter.drawImage(place, finished);
    }

    void fillRounded(const QRectF& place, double radius, const QColor& colour) {
        m_painter.setPen(Qt::NoPen);
        m_painter.setBrush(colour);
        m_painter.drawRoundedRect(place, radius, radius);
    }

    /// A frame whose inner edge lies `gap` outside the place.
    void paintFrame(const QRectF& place, double gap, double radius, const QColor& colour, double width) {
        const double outwards = gap + width / 2;
        m_painter.setBrush(Qt::NoBrush);
        m_painter.setPen(QPen(colour, width));
        m_painter.drawRoundedRect(place.adjusted(-outwards, -outwards, outwards, outwards), radius + width / 2, radius + width / 2);
    }

    /// White inside, accent outside: seen on every map.
    void paintSelection(const QRectF& place) {
        for (const QRectF& part : m_page.selection) {
            QRectF box(place.left() + part.left() * place.width(), place.top() + part.top() * place.height(),
                       part.width() * place.width(), part.height() * place.height());
            const QPointF centre = box.center();
            box.setSize(box.size().expandedTo(QSizeF(smallestSelection, smallestSelection)));
            box.moveCenter(centre);
            m_painter.setBrush(Qt::NoBrush);
            m_painter.setPen(QPen(Qt::white, 3, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
            m_painter.drawRect(box);
            m_painter.setPen(QPen(m_colours.accent, 1.5, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
            m_painter.drawRect(box.adjusted(-1, -1, 1, 1));
        }
    }

    void paintHairline(double left, double right, double y) {
        m_painter.fillRect(QRectF(left, y, right - left, 1), m_colours.line);
    }

    QPainter& m_painter;
    const AtlasPage& m_page;
    const AtlasLayout& m_layout;
    const Palette& m_colours;
    double m_rasterScale;
};

}  // namespace

void paintAtlas(QPainter& painter, const AtlasPage& page, const AtlasLayout& layout, Theme theme, double rasterScale) {
    painter.save();
    AtlasPainter(painter, page, layout, theme, rasterScale).paint();
    painter.restore();
}

}  // namespace fusionscope::plot
