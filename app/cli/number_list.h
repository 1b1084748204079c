#pragma once

#include <string>
#include <vector>

namespace fusionscope::cli {

/// The finite numbers of a text like "12,34.5". @throws Error naming the part that is none
std::vector<double> numbersIn(const std::string& text, char separator);

}  // namespace fusionscope::cli
