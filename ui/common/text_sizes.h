#pragma once

#include <QFont>

class QWidget;

namespace fusionscope::ui {

/// The three sizes that all text has.
enum class TextSize {
    Small,  ///< captions, units, hints
    Body,   ///< the application's font
    Large   ///< titles
};

/// The application's font in one of the sizes.
QFont textFont(TextSize size = TextSize::Body);
/// For ids, numbers in tables, and code.
QFont monospacedFont(TextSize size = TextSize::Body);

/// Gives a widget's text one of the sizes, also when the application's font gets another size later.
void setTextSize(QWidget& widget, TextSize size, QFont::Weight weight = QFont::Normal);

}  // namespace fusionscope::ui
