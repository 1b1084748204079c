#include "ui/plot/offscreen_gui.h"

#include <QGuiApplication>
#include <cstdio>

namespace fusionscope::plot {

namespace {

/// Qt warns when there is no desktop session, which offscreen drawing does not need.
void withoutWarnings(QtMsgType type, const QMessageLogContext&, const QString& message) {
    if (type == QtCriticalMsg || type == QtFatalMsg) std::fprintf(stderr, "%s\n", qPrintable(message));
}

}  // namespace

OffscreenGui::OffscreenGui() {
    if (QCoreApplication::instance()) return;
    // Qt keeps references to both for as long as the application lives.
    static int argc = 3;
    static char name[] = "fusionscope", option[] = "-platform", platform[] = "offscreen";
    static char* argv[] = {name, option, platform, nullptr};
    const QtMessageHandler before = qInstallMessageHandler(withoutWarnings);
    m_application = std::make_unique<QGuiApplication>(argc, argv);
    qInstallMessageHandler(before);
}

OffscreenGui::~OffscreenGui() = default;

}  // namespace fusionscope::plot
