#pragma once

#include <string>
#include <vector>

namespace fusionscope::engine {

/// The devices that LoadOptions::device may name on this machine: "cpu", and "cuda" or "cuda:0", "cuda:1" … where they
/// can be used. The first call may take a second where there are any.
std::vector<std::string> devices();

}  // namespace fusionscope::engine
