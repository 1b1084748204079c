#include "ui/common/accessible_role.h"

#include <QAccessibleWidget>
#include <QVariant>

namespace fusionscope::ui {

namespace {

constexpr const char* property = "accessibleRole";

QAccessibleInterface* made(const QString&, QObject* object) {
    const auto role = object && object->isWidgetType() ? object->property(property) : QVariant();
    if (!role.isValid()) return nullptr;
    return new QAccessibleWidget(static_cast<QWidget*>(object), static_cast<QAccessible::Role>(role.toInt()));
}

}  // namespace

void setAccessibleRole(QWidget& widget, QAccessible::Role role) {
    [[maybe_unused]] static const bool installed = (QAccessible::installFactory(made), true);
    widget.setProperty(property, static_cast<int>(role));
    // What Qt made of the widget before, for example when it got its name.
    if (auto* before = QAccessible::queryAccessibleInterface(&widget))
        QAccessible::deleteAccessibleInterface(QAccessible::uniqueId(before));
}

}  // namespace fusionscope::ui
