#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fusionscope::language {

/// Whether a generation looks for its next tokens in its prompt.
enum class Lookup {
    Off,
    Auto,  ///< where it pays
    On     ///< wherever something is found
};

/// "off", "auto" or "on". @throws Error for another name
Lookup lookupNamed(const std::string& name);

struct LookupOptions {
    int64_t longestMatch = 3;   ///< ids at the end of the text that are searched for before it; fewer are taken …
    int64_t shortestMatch = 2;  ///< … down to so many
    int64_t candidates = 7;     ///< at once, at most 7: with the token before them as many rows as kernels for few rows take
    bool weighs = true;         ///< no more candidates than pay; false: as many as are found
};

/// Guesses the next tokens of a text that repeats what stands in it already: signs read aloud, quoted lines, an answer
/// given before (prompt lookup decoding; Yang et al. 2023, arXiv 2304.04487, where it is copying from references).
///
/// The last ids are searched in the text before them, the longest match first and of equal ones the latest; what
/// followed there are the candidates. A match that reaches the end of the text is taken to go round.
///
/// How many pay is weighed: each comes true with the chance that candidates had lately, if those before it do, and
/// makes the pass longer by what candidates did lately, in shares of a pass of one token. As many are proposed as give
/// the most tokens for the time; when that is none, the lookup rests for 8 passes, after each failure twice as many up
/// to 128, and then trusts anew. Two passes go by without candidates first, to know how long they take.
class PromptLookup {
  public:
    /// @param text ids of the prompt; below 0 where a picture stands, which matches nothing
    /// @throws Error when an option is out of range
    explicit PromptLookup(std::vector<int64_t> text, const LookupOptions& options = {});

    /// What may come next; empty where nothing is found or nothing pays. Asked once before each pass.
    /// @param most how many are wanted
    std::vector<int64_t> candidates(int64_t most);
    /// How long the pass took that read them, with the token before them.
    void took(double seconds);
    /// A token that came, after a pass first the one in the place of the first candidate.
    void append(int64_t id);

    int64_t proposed() const { return m_proposed; }  ///< candidates given so far
    int64_t accepted() const { return m_accepted; }  ///< of them: came true

  private:
    /// How many ids before `end` are those at the end of the text.
    int64_t alike(int64_t end) const;
    std::vector<int64_t> found(int64_t most) const;
    /// How many candidates pay.
    int64_t worthwhile() const;
    void judge();

    LookupOptions m_options;
    std::vector<int64_t> m_text;
    std::vector<int64_t> m_candidates;  ///< of the last pass
    size_t m_right = 0;                 ///< of them: came true
    int64_t m_proposed = 0, m_accepted = 0;

    double m_trueOnes, m_judged;  ///< candidates lately
    double m_single = 0;          ///< seconds of a pass without candidates
    double m_cost;                ///< by which a candidate makes a pass longer, in shares of that
    int m_singles = 0;            ///< passes without candidates, up to two
    int64_t m_rest = 0;           ///< passes until the next try
    int64_t m_nextRest;
};

}  // namespace fusionscope::language
