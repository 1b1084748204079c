#pragma once

namespace fusionscope::engine {

/// The program's version, "0.1.0".
const char* version();

}  // namespace fusionscope::engine
