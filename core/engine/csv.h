#pragma once

#include <string>
#include <vector>

namespace fusionscope::engine {

/// One line of a CSV file (RFC 4180): fields are quoted where they need it.
std::string csvLine(const std::vector<std::string>& fields);

/// The shortest text that reads back as the same number; empty for what is no finite number.
std::string csvNumber(double value);

}  // namespace fusionscope::engine
