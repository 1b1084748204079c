#include "ui/plot/offscreen_gui.h"

#include <QGuiApplication>

namespace fusionscope::plot {

OffscreenGui::OffscreenGui() {
    if (QCoreApplication::instance()) return;
    // Qt keeps references to both for as long as the application lives.
    static int argc = 3;
    static char name[] = "fusionscope", option[] = "-platform", platform[] = "offscreen";
    static char* argv[] = {name, option, platform, nullptr};
    m_application = std::make_unique<QGuiApplication>(argc, argv);
}

OffscreenGui::~OffscreenGui() = default;

}  // namespace fusionscope::plot
