#pragma once

#include <functional>
#include <iosfwd>
#include <string>

namespace fusionscope::cli {

/// Calls `visit` for every line of a stream, without its end, until it returns false; a last line without one counts
/// too.
/// @param mostBytes of one line. @throws Error naming the line when it is longer
void forEachLine(std::istream& in, size_t mostBytes,
                 const std::function<bool(const std::string& line, size_t number)>& visit);

/// The whole of a stream. @throws Error when it is longer than `mostBytes`
std::string readAll(std::istream& in, size_t mostBytes);

}  // namespace fusionscope::cli
