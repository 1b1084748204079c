#include <QApplication>
#include <QtTest>

#include "tests/ui/inspect/inspector_fixture.h"
#include "ui/inspect/inspector_panel.h"
#include "ui/inspect/atlas_state.h"
#include "ui/inspect/atlas_view.h"
#include "ui/plot/theme.h"

using namespace fusionscope;
using namespace fusionscope::ui;
using namespace fusionscope::tests;

class Look : public QObject {
    Q_OBJECT
    static QPalette paletteOf(plot::Theme theme) {
        const auto& c = plot::paletteOf(theme);
        QPalette p;
        p.setColor(QPalette::Window, c.paper);
        p.setColor(QPalette::Base, c.paper);
        p.setColor(QPalette::Button, c.paper);
        p.setColor(QPalette::WindowText, c.ink);
        p.setColor(QPalette::Text, c.ink);
        p.setColor(QPalette::ButtonText, c.ink);
        p.setColor(QPalette::PlaceholderText, c.muted);
        p.setColor(QPalette::Mid, c.line);
        p.setColor(QPalette::Highlight, c.accent);
        return p;
    }
  private slots:
    void look() {
        qApp->setStyle("Fusion");
        Workspace w;
        InspectorPanel panel(w);
        panel.show();
        QVERIFY(loadBundledModel(w));
        openPicture(w, source("resources/samples/world-beach.png"));
        auto* state = panel.findChild<AtlasState*>();
        for (const auto theme : {plot::Theme::Light, plot::Theme::Dark}) {
            qApp->setPalette(paletteOf(theme));
            const QString suffix = theme == plot::Theme::Light ? "light" : "dark";
            for (const QSize size : {QSize(680, 740), QSize(1000, 1000)}) {
                panel.resize(size);
                w.selection.setPlaces({});
                QTRY_VERIFY_WITH_TIMEOUT(state->isSettled(), 60000);
                QTest::qWait(100);
                panel.grab().save(QString("/tmp/fs/look-pca-%1-%2.png").arg(suffix).arg(size.width()));
                w.selection.setPlaces({{0.31, 0.57}});
                w.selection.setMap("tower/encoder/ocr/image");
                QTest::qWait(300);
                panel.grab().save(QString("/tmp/fs/look-sim-%1-%2.png").arg(suffix).arg(size.width()));
            }
        }
        w.shutDown();
    }
};
QTEST_MAIN(Look)
#include "zz_look_test.moc"
