#pragma once

#include <QAccessible>
#include <QWidget>

namespace fusionscope::ui {

/// Tells assistive programs what a widget is that paints itself; Qt's own widgets tell it themselves.
void setAccessibleRole(QWidget& widget, QAccessible::Role role);

}  // namespace fusionscope::ui
