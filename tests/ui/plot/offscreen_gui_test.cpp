#include <QGuiApplication>
#include <QtTest>

#include "pages.h"
#include "ui/plot/atlas_rendering.h"
#include "ui/plot/offscreen_gui.h"

using namespace fusionscope::plot;

namespace {
int warnings = 0;
}

class OffscreenGuiTest : public QObject {
    Q_OBJECT

  private slots:
    void drawsTextInAProgramWithoutWindows() {
        qunsetenv("QT_QPA_PLATFORM");
        qunsetenv("XDG_RUNTIME_DIR");
        const QtMessageHandler before = qInstallMessageHandler([](QtMsgType, const QMessageLogContext&, const QString&) { ++warnings; });
        {
            const OffscreenGui gui;
            QCOMPARE(QGuiApplication::platformName(), QString("offscreen"));
            AtlasPage page = fusionscope::tests::pageOf(1, 1);
            const QImage with = toImage(renderAtlas(page, Theme::Light), 1);
            page.title.clear();
            QVERIFY(with != toImage(renderAtlas(page, Theme::Light), 1));
            const OffscreenGui second;  // keeps the first
            QVERIFY(QCoreApplication::instance());
        }
        QVERIFY(!QCoreApplication::instance());
        {
            const OffscreenGui again;
            QCOMPARE(QGuiApplication::platformName(), QString("offscreen"));
        }
        qInstallMessageHandler(before);
        QCOMPARE(warnings, 0);
    }
};

QTEST_APPLESS_MAIN(OffscreenGuiTest)
#include "offscreen_gui_test.moc"
