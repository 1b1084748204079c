#include "ui/plot/text.h"

#include <QFontDatabase>
#include <QFontInfo>
#include <QFontMetricsF>
#include <QPainter>

#include "core/files/error.h"

namespace fusionscope::plot {

namespace {

bool digitsAreEqual(const QFont& font) {
    const QFontMetricsF metrics(font);
    const double zero = metrics.horizontalAdvance(QLatin1Char('0'));
    for (char digit = '1'; digit <= '9'; ++digit) {
        if (metrics.horizontalAdvance(QLatin1Char(digit)) != zero) return false;
    }
    return true;
}

QFont fontOf(const TextStyle& style) {
    QFont font = QFontDatabase::systemFont(QFontDatabase::GeneralFont);
    // The face that the system's alias stands for: SVG readers do not know "Sans Serif".
    font.setFamily(QFontInfo(font).family());
    font.setPixelSize(static_cast<int>(style.size));
    font.setWeight(style.strong ? QFont::DemiBold : QFont::Normal);
    // Glyphs are placed by their true widths, so that every scale and every file format lays text out alike.
    font.setHintingPreference(QFont::PreferNoHinting);
    if (style.figures && !digitsAreEqual(font)) {
        font.setFamily(QFontInfo(QFontDatabase::systemFont(QFontDatabase::FixedFont)).family());
    }
    return font;
}

}  // namespace

double lineHeight(TextSize size) { return size == TextSize::Title ? 32 : size == TextSize::Body ? 24 : 16; }

QString plainLine(QString text) {
    for (QChar& c : text) {
        if (c.category() == QChar::Other_Control || c == QChar::LineSeparator || c == QChar::ParagraphSeparator) c = u' ';
        if (c.unicode() >= 0xFFFE) c = QChar::ReplacementCharacter;
    }
    return text.simplified();
}

double widthOf(const QString& text, const TextStyle& style) {
    return QFontMetricsF(fontOf(style)).horizontalAdvance(plainLine(text));
}

void drawLine(QPainter& painter, const QRectF& box, Qt::Alignment alignment, const QString& text, const TextStyle& style) {
    const QFont font = fontOf(style);
    const QFontMetricsF metrics(font);
    const QString line = metrics.elidedText(plainLine(text), Qt::ElideRight, box.width());
    if (line.isEmpty()) return;
    const double spare = box.width() - metrics.horizontalAdvance(line);
    const double shift = alignment & Qt::AlignRight ? spare : alignment & Qt::AlignHCenter ? spare / 2 : 0;
    painter.setFont(font);
    painter.setPen(style.colour);
    painter.drawText(QPointF(box.left() + shift, box.center().y() + metrics.capHeight() / 2), line);
}

QStringList wrapped(const QString& text, double width, int lines, const TextStyle& style) {
    const QFontMetricsF metrics(fontOf(style));
    QStringList result;
    for (const QString& word : plainLine(text).split(u' ', Qt::SkipEmptyParts)) {
        const bool last = result.size() == lines;
        const QString longer = result.isEmpty() ? word : result.last() + u' ' + word;
        if (!result.isEmpty() && (last || metrics.horizontalAdvance(longer) <= width)) {
            result.last() = longer;
        } else {
            result.append(word);
        }
    }
    for (QString& line : result) line = metrics.elidedText(line, Qt::ElideRight, width);
    return result;
}

void requireFonts() {
    if (QFontDatabase::families().isEmpty()) {
        throw Error("the system has no font, labels would be empty", "drawing", "Install one, e.g. the package fonts-dejavu-core.");
    }
}

}  // namespace fusionscope::plot
