#pragma once

#include <array>
#include <memory>

class QGuiApplication;

namespace fusionscope::plot {

/// What drawing text needs when there is no window: make one in main() before the first page is drawn.
/// Does nothing when the program has a QGuiApplication already.
class OffscreenGui {
  public:
    OffscreenGui();
    ~OffscreenGui();
    OffscreenGui(const OffscreenGui&) = delete;
    OffscreenGui& operator=(const OffscreenGui&) = delete;

  private:
    // Qt keeps references to both for as long as the application lives.
    int m_count = 0;
    std::array<char*, 4> m_arguments{};
    std::unique_ptr<QGuiApplication> m_application;
};

}  // namespace fusionscope::plot
