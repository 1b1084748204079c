#include "ui/shell/system_theme.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#include <QGuiApplication>
#include <QPalette>

namespace fusionscope::ui {

namespace {

constexpr auto service = "org.freedesktop.portal.Desktop";
constexpr auto path = "/org/freedesktop/portal/desktop";
constexpr auto interface = "org.freedesktop.portal.Settings";
constexpr auto space = "org.freedesktop.appearance";
constexpr auto key = "color-scheme";

}  // namespace

SystemTheme::SystemTheme(QObject* parent)
    : QObject(parent), m_dark(QGuiApplication::palette().color(QPalette::Window).lightness() < 128) {
    auto bus = QDBusConnection::sessionBus();
    if (!bus.isConnected()) return;
    bus.connect(service, path, interface, "SettingChanged", this, SLOT(settingChanged(QString, QString, QDBusVariant)));
    auto question = QDBusMessage::createMethodCall(service, path, interface, "Read");
    question << space << key;
    auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(question), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        const QDBusPendingReply<QDBusVariant> reply = *watcher;
        if (!reply.isError()) take(reply.value().variant());
        watcher->deleteLater();
    });
}

void SystemTheme::settingChanged(const QString& changedSpace, const QString& changedKey, const QDBusVariant& value) {
    if (changedSpace == space && changedKey == key) take(value.variant());
}

void SystemTheme::take(const QVariant& colourScheme) {
    // Read wraps the value in a second variant; 1 asks for dark, 2 for light, 0 for nothing.
    const auto plain = colourScheme.canConvert<QDBusVariant>() ? colourScheme.value<QDBusVariant>().variant() : colourScheme;
    const auto scheme = plain.toUInt();
    if (scheme == 0 || (scheme == 1) == m_dark) return;
    m_dark = scheme == 1;
    emit changed(m_dark);
}

}  // namespace fusionscope::ui
