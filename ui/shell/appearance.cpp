#include "ui/shell/appearance.h"

#include <QApplication>
#include <QEvent>
#include <QFile>
#include <QPalette>
#include <QSettings>
#include <QStyle>
#include <QStyleFactory>
#include <QWidget>

#include "ui/common/tint.h"

namespace fusionscope::ui {

namespace {

constexpr auto key = "appearance/theme";

QColor mix(const QColor& a, const QColor& b, double share) {
    const auto blend = [share](int from, int to) { return static_cast<int>(from + (to - from) * share); };
    return {blend(a.red(), b.red()), blend(a.green(), b.green()), blend(a.blue(), b.blue())};
}

/// What widgets call the few colours by: Mid is the line, PlaceholderText the muted text, Highlight the accent,
/// BrightText the loss.
QPalette paletteFor(plot::Theme theme) {
    const auto& colours = plot::paletteOf(theme);
    const bool light = theme == plot::Theme::Light;
    const QColor field = light ? QColor(Qt::white) : mix(colours.paper, colours.ink, 0.04);
    const QColor onAccent = light ? QColor(Qt::white) : colours.paper;
    QPalette palette;
    using enum QPalette::ColorRole;
    for (const auto role : {Window, Button, AlternateBase}) palette.setColor(role, colours.paper);
    for (const auto role : {Base, ToolTipBase}) palette.setColor(role, field);
    for (const auto role : {WindowText, Text, ButtonText, ToolTipText}) palette.setColor(role, colours.ink);
    for (const auto role : {Mid, Midlight, Dark, Light}) palette.setColor(role, colours.line);
    palette.setColor(Shadow, light ? colours.line : QColor(Qt::black));
    palette.setColor(PlaceholderText, colours.muted);
    palette.setColor(BrightText, colours.loss);
    palette.setColor(Highlight, colours.accent);
    palette.setColor(HighlightedText, onAccent);
    palette.setColor(Link, colours.accent);
    palette.setColor(LinkVisited, colours.accent);
    for (const auto role : {WindowText, Text, ButtonText}) palette.setColor(QPalette::Disabled, role, mix(colours.paper, colours.muted, 0.7));
    palette.setColor(QPalette::Disabled, Highlight, colours.line);
    return palette;
}

QString styleSheetFor(plot::Theme theme) {
    const auto& colours = plot::paletteOf(theme);
    QFile file(":/shell/style.qss");
    if (!file.open(QIODevice::ReadOnly)) return {};
    auto sheet = QString::fromUtf8(file.readAll());
    const bool light = theme == plot::Theme::Light;
    const std::pair<const char*, QColor> names[] = {
        {"@paper", colours.paper},
        {"@ink", colours.ink},
        {"@muted", colours.muted},
        {"@line", colours.line},
        {"@accent", colours.accent},
        {"@field", paletteFor(theme).color(QPalette::Base)},
        {"@tint", mix(colours.paper, colours.accent, chosenTint)},
        {"@hover", mix(colours.paper, colours.ink, 0.05)},
        {"@amber", light ? QColor(0xFD, 0xF3, 0xDC) : QColor(0x3A, 0x30, 0x1C)}};
    for (const auto& [name, colour] : names) sheet.replace(name, colour.name());
    return sheet;
}

void dress(QWidget& widget) {
    if (widget.testAttribute(Qt::WA_StyleSheet)) {
        QApplication::style()->polish(&widget);
        QEvent event(QEvent::StyleChange);
        QCoreApplication::sendEvent(&widget, &event);
    }
    for (auto* child : widget.children())
        if (auto* part = qobject_cast<QWidget*>(child)) dress(*part);
}

/// Qt would dress each widget once for each of its ancestors, which takes a third of a second: the style is made to forget
/// all of them, and they are dressed here, once.
void setStyleSheet(const QString& sheet) {
    QApplication::style()->unpolish(qApp);
    qApp->setStyleSheet(sheet);
    for (auto* widget : QApplication::topLevelWidgets())
        if (!widget->parentWidget()) dress(*widget);
}

}  // namespace

Appearance::Appearance(QObject* parent)
    : QObject(parent),
      m_choice(static_cast<Choice>(std::clamp(QSettings().value(key).toInt(), 0, 2))),
      m_font(QApplication::font()) {
    QApplication::setStyle(QStyleFactory::create("Fusion"));
    connect(&m_system, &SystemTheme::changed, this, &Appearance::apply);
    apply();
}

void Appearance::choose(Choice choice) {
    QSettings().setValue(key, static_cast<int>(choice));
    preview(choice);
}

void Appearance::preview(Choice choice) {
    m_choice = choice;
    apply();
}

plot::Theme Appearance::theme() const {
    const bool dark = m_choice == Choice::Dark || (m_choice == Choice::System && m_system.isDark());
    return dark ? plot::Theme::Dark : plot::Theme::Light;
}

void Appearance::setTextScale(double scale) {
    auto font = m_font;
    font.setPointSizeF(m_font.pointSizeF() * scale);
    if (font == QApplication::font()) return;
    QApplication::setFont(font);
    apply();
}

void Appearance::apply() {
    QApplication::setPalette(paletteFor(theme()));
    setStyleSheet(styleSheetFor(theme()));
    emit changed();
}

}  // namespace fusionscope::ui
