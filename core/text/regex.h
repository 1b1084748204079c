#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/text/tokenizer.h"

struct pcre2_real_code_8;

namespace fusionscope::text {

/// A regular expression of a tokenizer file, in the dialect of the reference library (Oniguruma with Unicode
/// properties), run by PCRE2. Immutable; serves any number of threads.
///
/// Expressions come from model files, so both compiling and matching are bounded: a pattern that backtracks without end
/// is an Error, never a hang.
class Regex {
  public:
    /// @param where the file for messages. Throws Error when the pattern is not valid or far too large.
    Regex(std::string_view pattern, std::string where);
    /// Finds `text` itself.
    static Regex literal(std::string_view text);

    /// A search through the parts of one text, for all of which together the time is bounded.
    class Search {
      public:
        /// @param bytes size of the whole text
        Search(const Regex& regex, std::size_t bytes);
        /// Calls `found` with every match in a part that is not empty, from left to right. `text` is valid UTF-8.
        /// Throws Error when the pattern takes too long.
        void matches(std::string_view text, const std::function<void(Span)>& found);

      private:
        const Regex& m_regex;
        std::chrono::steady_clock::time_point m_deadline;
    };

    /// The text with every match replaced by `content`, taken as it is. Throws Error as Search does.
    std::string replaced(std::string_view text, std::string_view content) const;

  private:
    Regex() = default;

    std::shared_ptr<const pcre2_real_code_8> m_code;  ///< none: the pattern is looked for as it is
    std::string m_pattern, m_where;
};

}  // namespace fusionscope::text
