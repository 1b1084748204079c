#include "ui/common/icons.h"

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QPixmap>
#include <QSvgRenderer>

namespace fusionscope::ui {

namespace {

/// Draws an SVG whose strokes are `currentColor` in the colour that text has now.
class SvgEngine : public QIconEngine {
  public:
    explicit SvgEngine(QByteArray source) : m_source(std::move(source)) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
        const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
        auto source = m_source;
        source.replace("currentColor", QGuiApplication::palette().color(group, QPalette::ButtonText).name().toUtf8());
        QSvgRenderer(source).render(painter, QRectF(rect));
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
        QPixmap result(size);
        result.fill(Qt::transparent);
        QPainter painter(&result);
        paint(&painter, QRect({}, size), mode, state);
        return result;
    }
    QIconEngine* clone() const override { return new SvgEngine(m_source); }

  private:
    QByteArray m_source;
};

}  // namespace

QIcon icon(const QString& name) {
    QFile file(":/icons/" + name + ".svg");
    if (!file.open(QIODevice::ReadOnly)) return {};
    return QIcon(new SvgEngine(file.readAll()));
}

}  // namespace fusionscope::ui
