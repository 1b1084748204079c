#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fusionscope::language {

/// Whether a generation looks for its next tokens in its prompt.
enum class Lookup {
    Off,
    Auto,  ///< while it pays: it rests for a while when candidates turn out wrong
    On     ///< wherever something is found
};

/// "off", "auto" or "on". @throws Error for another name
Lookup lookupNamed(const std::string& name);

struct LookupOptions {
    int64_t longestMatch = 3;   ///< ids at the end of the text that are searched for before it; fewer are taken …
    int64_t shortestMatch = 2;  ///< … down to so many
    int64_t candidates = 7;     ///< at once, at most 7: with the token before them as many rows as kernels for few rows take
    bool rests = true;          ///< pauses when candidates turn out wrong
};

/// Guesses the next tokens of a text that repeats what stands in it already: signs read aloud, quoted lines, an answer
/// given before (prompt lookup decoding; Yang et al. 2023, arXiv 2304.04487, where it is copying from references).
///
/// The last ids are searched in the text before them, the longest match first and of equal ones the latest; what
/// followed there are the candidates. A match that reaches the end of the text is taken to go round.
///
/// Whether it pays is counted, not timed, so that the same text always has the same candidates: a candidate that comes
/// true saves the pass of one token, and each costs an eighth of one. Behind on that, the lookup rests for 8 passes,
/// twice as many each time until a candidate comes true, at most 128, and then proposes three at first.
class PromptLookup {
  public:
    /// @param text ids of the prompt; below 0 where a picture stands, which matches nothing
    /// @throws Error when an option is out of range
    explicit PromptLookup(std::vector<int64_t> text, const LookupOptions& options = {});

    /// What may come next, best guess only; empty where nothing is found or while it rests. Asked once for each pass.
    /// @param most how many are wanted
    std::vector<int64_t> candidates(int64_t most);
    /// The token that came, after each pass first where the first candidate stood.
    void append(int64_t id);

    int64_t proposed() const { return m_proposed; }  ///< candidates given so far
    int64_t accepted() const { return m_accepted; }  ///< of them: came true

  private:
    /// How many ids before `end` are those at the end of the text.
    int64_t alike(int64_t end) const;
    std::vector<int64_t> found(int64_t most) const;
    void settle();

    LookupOptions m_options;
    std::vector<int64_t> m_text;
    std::vector<int64_t> m_candidates;  ///< of the last pass
    size_t m_right = 0;                 ///< of them: came true
    int64_t m_proposed = 0, m_accepted = 0;
    double m_balance = 0;  ///< tokens saved beyond what candidates cost
    int64_t m_rest;        ///< passes until the next try
    int64_t m_nextRest;
};

}  // namespace fusionscope::language
