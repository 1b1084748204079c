#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace fusionscope::engine {

/// SHA-256 in hexadecimal.
std::string sha256(std::span<const std::byte> bytes);

/// SHA-256 of bytes that come piece by piece.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void add(std::span<const std::byte> bytes);
    /// In hexadecimal; nothing can be added afterwards.
    std::string finish();

  private:
    struct Context;
    std::unique_ptr<Context> m_context;
};

}  // namespace fusionscope::engine
