#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>

namespace fusionscope::decode {

/// One line of JSON on standard output.
void say(const nlohmann::json& line);

/// Does something with a file; what is wrong is said as {"problem", "where", "hint"}. @return exit status
int tellProblems(const char* file, const std::function<void()>& work);

}  // namespace fusionscope::decode
