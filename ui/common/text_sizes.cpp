#include "ui/common/text_sizes.h"

#include <QEvent>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QWidget>

namespace fusionscope::ui {

namespace {

QFont sized(QFont font, TextSize size) {
    const double body = QGuiApplication::font().pointSizeF();
    const double factor = size == TextSize::Small ? 0.85 : size == TextSize::Large ? 1.25 : 1.0;
    font.setPointSizeF(body * factor);
    return font;
}

/// Follows the application's font for one widget, which owns it: a font that was set no longer does so by itself.
class SizedText : public QObject {
  public:
    SizedText(QWidget& widget, TextSize size, QFont::Weight weight)
        : QObject(&widget), m_widget(widget), m_size(size), m_weight(weight) {
        widget.installEventFilter(this);
        apply();
    }

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override {
        if (event->type() == QEvent::ApplicationFontChange || event->type() == QEvent::StyleChange) apply();
        return QObject::eventFilter(watched, event);
    }

  private:
    void apply() {
        auto font = textFont(m_size);
        font.setWeight(m_weight);
        m_widget.setFont(font);
    }

    QWidget& m_widget;
    TextSize m_size;
    QFont::Weight m_weight;
};

}  // namespace

QFont textFont(TextSize size) { return sized(QGuiApplication::font(), size); }

QFont monospacedFont(TextSize size) { return sized(QFontDatabase::systemFont(QFontDatabase::FixedFont), size); }

void setTextSize(QWidget& widget, TextSize size, QFont::Weight weight) { new SizedText(widget, size, weight); }

}  // namespace fusionscope::ui
