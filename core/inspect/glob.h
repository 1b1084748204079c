#pragma once

#include <string_view>

namespace fusionscope::inspect {

/// Whether a whole activation name fits a pattern: `*` stands for any run of characters, `/` included, `?` for exactly
/// one, everything else for itself. Takes at most pattern × name steps, whatever the pattern.
bool globMatches(std::string_view pattern, std::string_view name);

}  // namespace fusionscope::inspect
