#include "core/inspect/glob.h"

#include <cstddef>

namespace fusionscope::inspect {

bool globMatches(std::string_view pattern, std::string_view name) {
    constexpr std::size_t none = std::string_view::npos;
    std::size_t p = 0, n = 0;
    std::size_t star = none;   // the last `*` met; earlier ones never need to be tried again
    std::size_t starName = 0;  // how much of the name lies before what that `*` stands for, plus what it took so far
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            starName = n;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
            ++p;
            ++n;
        } else if (star != none) {
            p = star + 1;
            n = ++starName;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

}  // namespace fusionscope::inspect
