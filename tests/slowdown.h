#pragma once

namespace fusionscope::tests {

/// How many times longer a step may take here than in a release: sanitizers slow programs down.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int slowdown = 20;
#else
constexpr int slowdown = 1;
#endif

}  // namespace fusionscope::tests
