#include "core/engine/csv.h"

#include <array>
#include <charconv>
#include <cmath>

namespace fusionscope::engine {

std::string csvLine(const std::vector<std::string>& fields) {
    std::string line;
    for (size_t i = 0; i < fields.size(); ++i) {
        if (i > 0) line += ',';
        if (fields[i].find_first_of(",\"\r\n") == std::string::npos) {
            line += fields[i];
            continue;
        }
        line += '"';
        for (const char c : fields[i]) line.append(c == '"' ? 2 : 1, c);
        line += '"';
    }
    return line += "\r\n";
}

std::string csvNumber(double value) {
    if (!std::isfinite(value)) return {};
    std::array<char, 40> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

}  // namespace fusionscope::engine
