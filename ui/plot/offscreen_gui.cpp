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
    static char name[] = "fusionscope", option[] = "-platform", platform[] = "offscreen";
    m_arguments = {name, option, platform, nullptr};  // Qt takes out what it has understood
    m_count = 3;
    const QtMessageHandler before = qInstallMessageHandler(withoutWarnings);
    m_application = std::make_unique<QGuiApplication>(m_count, m_arguments.data());
    qInstallMessageHandler(before);
}

OffscreenGui::~OffscreenGui() = default;

}  // namespace fusionscope::plot
