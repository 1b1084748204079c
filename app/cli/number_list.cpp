#include "app/cli/number_list.h"

#include <cmath>
#include <stdexcept>

#include "core/files/error.h"

namespace fusionscope::cli {

std::vector<double> numbersIn(const std::string& text, char separator) {
    std::vector<double> numbers;
    for (size_t begin = 0; begin <= text.size();) {
        const size_t end = std::min(text.find(separator, begin), text.size());
        const auto part = text.substr(begin, end - begin);
        size_t used = 0;
        try {
            numbers.push_back(std::stod(part, &used));
        } catch (const std::exception&) {
            used = std::string::npos;
        }
        if (used != part.size() || !std::isfinite(numbers.back())) throw Error("\"" + part + "\" is no number", text);
        begin = end + 1;
    }
    return numbers;
}

}  // namespace fusionscope::cli
