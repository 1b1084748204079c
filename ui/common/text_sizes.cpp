#include "ui/common/text_sizes.h"

#include <QFontDatabase>
#include <QGuiApplication>

namespace fusionscope::ui {

namespace {

QFont sized(QFont font, TextSize size) {
    const double body = QGuiApplication::font().pointSizeF();
    const double factor = size == TextSize::Small ? 0.85 : size == TextSize::Large ? 1.25 : 1.0;
    font.setPointSizeF(body * factor);
    return font;
}

}  // namespace

QFont textFont(TextSize size) { return sized(QGuiApplication::font(), size); }

QFont monospacedFont(TextSize size) { return sized(QFontDatabase::systemFont(QFontDatabase::FixedFont), size); }

}  // namespace fusionscope::ui
