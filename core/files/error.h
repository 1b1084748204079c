#pragma once

#include <exception>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace fusionscope {

/// Joins anything that can be written to a stream into one string.
template <class... Parts>
std::string concat(const Parts&... parts) {
    std::ostringstream out;
    (out << ... << parts);
    return out.str();
}

/// The one exception of the program for refused input: what is wrong, where, and what to do about it.
///
/// `what()` is the whole sentence for a person: "WHERE: PROBLEM. HINT". Everything in `core` throws this (or Stopped)
/// and nothing else on bad input; programming errors stay what the standard library makes of them.
class Error : public std::runtime_error {
  public:
    /// @param problem what was found and what was expected, without a final full stop
    /// @param where   the file, and inside it the tensor or field
    /// @param hint    what the person can do; may be empty
    Error(std::string problem, std::string where, std::string hint = {})
        : std::runtime_error(sentence(problem, where, hint)),
          m_problem(std::move(problem)),
          m_where(std::move(where)),
          m_hint(std::move(hint)) {}

    const std::string& problem() const { return m_problem; }
    const std::string& where() const { return m_where; }
    const std::string& hint() const { return m_hint; }

  private:
    static std::string sentence(const std::string& problem, const std::string& where, const std::string& hint) {
        std::string text = where.empty() ? problem : where + ": " + problem;
        text += '.';
        if (!hint.empty()) text += ' ' + hint;
        return text;
    }
    std::string m_problem, m_where, m_hint;
};

/// Thrown when the person asked to stop; never an error.
class Stopped : public std::exception {
  public:
    const char* what() const noexcept override { return "stopped"; }
};

}  // namespace fusionscope
