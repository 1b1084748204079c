#pragma once

#include <stop_token>
#include <thread>

namespace fusionscope::cli {

/// Ctrl-C (SIGINT) and SIGTERM as a wish to stop.
///
/// During a task the first one requests a stop and a second one ends the process at once; between tasks the first one
/// ends it with exit code 3. One object at a time.
class Interruption {
  public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    /// A task begins. @return asked to stop by the next signal
    std::stop_token begin();
    void end();

  private:
    std::stop_source m_source;
    std::thread m_watcher;  ///< turns what the signal handler wrote into its pipe into the stop request
};

}  // namespace fusionscope::cli
