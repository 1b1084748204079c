#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace fusionscope::engine {

/// SHA-256 in hexadecimal.
std::string sha256(std::span<const std::byte> bytes);

}  // namespace fusionscope::engine
