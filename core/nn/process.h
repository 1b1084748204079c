#pragma once

namespace fusionscope::nn {

/// Sets what the thread library and the allocator must know before they work; first thing in main().
///
/// - Threads that wait for each other spin for some microseconds and then sleep. The library's default is to spin for
///   milliseconds, which makes every parallel step crawl as soon as another process wants a core. The setting is read
///   before main(), so the program starts itself again once, unless the person has set OMP_WAIT_POLICY or
///   GOMP_SPINCOUNT.
/// - Freed memory is kept for the next large tensor: giving it back to the system and getting it again costs more time
///   in page faults than many operations take.
/// - oneDNN, which makes products in bf16, keeps what it prepared for the last 256 shapes (50 KB each), not for 1,024:
///   every prompt has another length, and more were not faster.
/// @param arguments main()'s argv
void prepareProcess(char** arguments);

}  // namespace fusionscope::nn
