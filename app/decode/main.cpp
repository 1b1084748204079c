#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "app/decode/serve.h"

/// Frames of a video, decoded in a process of their own: a file that is made to break decoders breaks this one alone.
///
/// fusionscope-decode FILE keeps the video open and answers requests (see decode::serve).
int main(int argc, char** argv) {
    constexpr rlim_t mostMemory = rlim_t{8} << 30;
    if (argc != 2) return 2;
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody waits for what a dead program asked for
    const rlimit memory{mostMemory, mostMemory};
    setrlimit(RLIMIT_AS, &memory);
    return fusionscope::decode::serve(argv[1]);
}
