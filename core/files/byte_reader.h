#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "core/files/error.h"

namespace fusionscope::files {

static_assert(std::endian::native == std::endian::little, "the formats read here are little-endian and used in place");

/// Reads little-endian values one after another and never past the end.
class ByteReader {
  public:
    /// @param where the file's name for messages
    ByteReader(std::span<const std::byte> bytes, std::string where) : m_bytes(bytes), m_where(std::move(where)) {}

    std::size_t position() const { return m_position; }
    std::size_t remaining() const { return m_bytes.size() - m_position; }
    void moveTo(std::size_t position) {
        if (position > m_bytes.size()) refuseEnd();
        m_position = position;
    }

    std::span<const std::byte> take(uint64_t count) {
        if (count > remaining()) refuseEnd();
        const auto taken = m_bytes.subspan(m_position, count);
        m_position += count;
        return taken;
    }
    std::string_view takeText(uint64_t count) {
        const auto taken = take(count);
        return {reinterpret_cast<const char*>(taken.data()), taken.size()};
    }
    template <class T>
        requires(std::integral<T> || std::floating_point<T>)
    T read() {
        T value;
        std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
        return value;
    }

    [[noreturn]] void refuse(const std::string& problem, const std::string& hint = {}) const {
        throw Error(problem, m_where, hint);
    }

  private:
    [[noreturn]] void refuseEnd() const {
        refuse(concat("ends too early: something at byte ", m_position, " reaches beyond the ", m_bytes.size(),
                      " bytes there are"),
               "The file is truncated or damaged; fetch it again.");
    }

    std::span<const std::byte> m_bytes;
    std::size_t m_position = 0;
    std::string m_where;
};

}  // namespace fusionscope::files
