#include "core/nn/process.h"

#include <malloc.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>

namespace fusionscope::nn {

namespace {

constexpr const char* spinCount = "2000";  // some ten microseconds
constexpr const char* preparedProducts = "256";

}  // namespace

void prepareProcess(char** arguments) {
    if (!std::getenv("OMP_WAIT_POLICY") && !std::getenv("GOMP_SPINCOUNT")) {
        ::setenv("GOMP_SPINCOUNT", spinCount, 1);
        ::execv("/proc/self/exe", arguments);  // comes back only when it fails; then the default stays
    }
    ::setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", preparedProducts, 0);
#ifdef __GLIBC__
    ::mallopt(M_MMAP_MAX, 0);
    ::mallopt(M_TRIM_THRESHOLD, INT_MAX);
    ::mallopt(M_TOP_PAD, 64 << 20);
#endif
}

}  // namespace fusionscope::nn
