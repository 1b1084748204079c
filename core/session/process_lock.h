#pragma once

#include <filesystem>

namespace fusionscope::session {

/// Held by one process at a time; the system lets go of it however the process ends.
class ProcessLock {
  public:
    /// @throws Error when another process holds it, or the file cannot be made
    explicit ProcessLock(const std::filesystem::path& file);
    ~ProcessLock();
    ProcessLock(const ProcessLock&) = delete;
    ProcessLock& operator=(const ProcessLock&) = delete;

  private:
    int m_descriptor = -1;
};

}  // namespace fusionscope::session
