#include "ui/shell/layouts.h"

#include <QDockWidget>
#include <QMainWindow>
#include <QSettings>

namespace fusionscope::ui {

namespace {

constexpr int stateVersion = 1;  // to be raised when docks change
constexpr int roomForHistory = 1100;  // a narrower window leaves it out beside the inspector
constexpr auto lastKey = "window/layout";
constexpr auto placeKey = "window/geometry";

QString stateKey(Layout layout) { return "window/state/" + layoutName(layout); }

}  // namespace

QString layoutName(Layout layout) {
    switch (layout) {
        case Layout::Chat: return "chat";
        case Layout::Inspect: return "inspect";
        case Layout::Present: return "present";
    }
    return {};
}

std::optional<Layout> layoutNamed(const QString& name) {
    for (const auto layout : {Layout::Chat, Layout::Inspect, Layout::Present})
        if (layoutName(layout) == name) return layout;
    return std::nullopt;
}

Layouts::Layouts(QMainWindow& window, const Docks& docks) : QObject(&window), m_window(window), m_docks(docks) {}

void Layouts::choose(Layout layout) {
    if (layout == m_current) return;
    save();
    arrange(layout);
    QSettings().setValue(lastKey, layoutName(layout));
}

void Layouts::restore(Layout layout) {
    const QSettings settings;
    if (!m_window.restoreGeometry(settings.value(placeKey).toByteArray())) m_window.resize(1440, 900);
    arrange(layout);
}

void Layouts::save() const {
    QSettings settings;
    settings.setValue(stateKey(m_current), m_window.saveState(stateVersion));
    settings.setValue(lastKey, layoutName(m_current));
    if (m_current != Layout::Present) settings.setValue(placeKey, m_window.saveGeometry());
}

void Layouts::reset() {
    arrangeAnew(m_current);
    emit changed(m_current);
}

void Layouts::arrange(Layout layout) {
    const bool presentBefore = m_current == Layout::Present;
    m_current = layout;
    if (layout == Layout::Present && !m_window.isFullScreen()) {
        m_beforePresent = m_window.windowState();
        m_window.setWindowState(m_window.windowState() | Qt::WindowFullScreen);
    } else if (presentBefore && layout != Layout::Present) {
        m_window.setWindowState(m_beforePresent & ~Qt::WindowFullScreen);
    }
    emit changed(layout);
    if (!m_window.restoreState(QSettings().value(stateKey(layout)).toByteArray(), stateVersion)) arrangeAnew(layout);
}

void Layouts::arrangeAnew(Layout layout) {
    const bool isChat = layout == Layout::Chat, isInspect = layout == Layout::Inspect;
    for (auto* dock : {m_docks.history, m_docks.chat, m_docks.inspector}) dock->setFloating(false);
    m_window.addDockWidget(Qt::LeftDockWidgetArea, m_docks.history);
    m_window.addDockWidget(isInspect ? Qt::BottomDockWidgetArea : Qt::RightDockWidgetArea, m_docks.chat);
    m_window.addDockWidget(Qt::RightDockWidgetArea, m_docks.inspector);
    m_docks.history->setVisible(isChat || (isInspect && m_window.width() >= roomForHistory));
    m_docks.chat->setVisible(true);
    m_docks.inspector->setVisible(isInspect);
    const int width = m_window.width(), height = m_window.height();
    m_window.resizeDocks({m_docks.history}, {std::clamp(width / 7, 208, 240)}, Qt::Horizontal);
    if (isInspect) {
        m_window.resizeDocks({m_docks.inspector}, {width * 48 / 100}, Qt::Horizontal);
        m_window.resizeDocks({m_docks.chat}, {height * 46 / 100}, Qt::Vertical);
    } else {
        m_window.resizeDocks({m_docks.chat}, {width * (isChat ? 44 : 36) / 100}, Qt::Horizontal);
    }
}

}  // namespace fusionscope::ui
