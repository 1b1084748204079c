#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/tokenizer.h"

namespace fusionscope::text {

/// Turns generated ids into text while they arrive: only whole characters, special tokens skipped, and nothing shown
/// that could be the beginning of a stop string.
///
/// What has been returned never changes. Bytes that can never become a character give U+FFFD.
class StreamDecoder {
  public:
    /// @param stops strings that end the answer; they are not part of the text. Empty strings are ignored.
    explicit StreamDecoder(const Tokenizer& tokenizer, std::vector<std::string> stops = {});

    /// The text that may be shown now that `id` has arrived; empty after a stop string was found.
    std::string push(std::int64_t id);

    /// The rest at the end of the stream: held-back text, and U+FFFD for an unfinished character.
    std::string finish();

    /// A stop string has been found; generation should end.
    bool stopped() const { return !m_stop.empty(); }
    /// The stop string that was found.
    const std::string& stop() const { return m_stop; }
    /// Everything returned so far.
    const std::string& text() const { return m_text; }

  private:
    void append(const TokenText& token);
    void flushBytes(bool all);
    std::string release(bool all);

    const Tokenizer& m_tokenizer;
    std::vector<std::string> m_stops;
    std::size_t m_longestStop = 0;
    std::string m_bytes;  ///< bytes not yet known to form characters
    std::string m_held;   ///< characters not yet shown because a stop string may begin there
    std::string m_text, m_stop;
    bool m_atStart = true;
};

}  // namespace fusionscope::text
