#pragma once

#include <QColor>
#include <QFont>
#include <QRectF>
#include <QString>
#include <QStringList>

class QPainter;

namespace fusionscope::plot {

/// The three sizes of the program's text.
enum class TextSize { Title = 22, Body = 13, Small = 11 };

struct TextStyle {
    TextSize size = TextSize::Body;
    QColor colour;
    bool strong = false;
    bool figures = false;  ///< numbers that stand below one another: digits of equal width
};

/// Height of one line.
double lineHeight(TextSize size);

/// The text as one line that every file format takes: line breaks and control characters become spaces, code points that
/// XML forbids a replacement character.
QString plainLine(QString text);

double widthOf(const QString& text, const TextStyle& style);

/// A plainLine, shortened with an ellipsis to the box's width, centred on its height (on the height of capitals).
void drawLine(QPainter& painter, const QRectF& box, Qt::Alignment alignment, const QString& text, const TextStyle& style);

/// The text broken between words into at most `lines` lines of a width; the last one is shortened.
QStringList wrapped(const QString& text, double width, int lines, const TextStyle& style);

/// @throws Error when the system has no font at all, which would leave every label empty
void requireFonts();

}  // namespace fusionscope::plot
