#include "core/engine/version.h"

namespace fusionscope::engine {

const char* version() { return FUSIONSCOPE_VERSION; }

}  // namespace fusionscope::engine
