#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace fusionscope::language {

/// How the next token is chosen from the model's scores. Meanings and order are those of the transformers library:
/// repetition penalty, no-repeat n-gram, then (only when sampling) temperature, top-k, top-p, min-p.
struct SamplingOptions {
    bool sample = false;             ///< false: greedy, the highest score after the two penalties
    double temperature = 1.0;        ///< > 0; 0 means greedy
    int64_t topK = 0;                ///< keep so many of the best, and what ties with the last; 0: all
    double topP = 1.0;               ///< keep the fewest of the most probable whose mass reaches this; 1: all
    double minP = 0.0;               ///< drop what is less probable than this times the most probable; 0: none
    double repetitionPenalty = 1.0;  ///< > 1 makes ids that were there before less likely
    int64_t noRepeatNgram = 0;       ///< n: no n ids in a row occur twice; 0: off
    uint64_t seed = 0;               ///< the same seed gives the same draws on every machine

    bool greedy() const { return !sample || temperature == 0.0; }
    /// @throws Error naming the option that is out of range
    void check() const;
};

/// An id with the natural logarithm of its probability.
struct TokenChance {
    int64_t id = 0;
    double logProbability = 0;
};

/// One choice: the id, its log-probability under the model itself (before penalties, temperature and cuts), and the
/// most probable ids under the same, best first.
struct TokenChoice {
    int64_t id = 0;
    double logProbability = 0;
    std::vector<TokenChance> alternatives;
};

/// Applies the chain of options to scores in place; what is cut becomes −∞.
/// @param history ids of the text so far, for the two penalties; ids outside the vocabulary are passed over
void processScores(std::span<float> scores, std::span<const int64_t> history, const SamplingOptions& options);

/// Chooses tokens one after the other; holds the random stream.
class Sampler {
  public:
    /// @throws Error when an option is out of range
    explicit Sampler(const SamplingOptions& options);

    /// @param logits [vocabulary] or [1, vocabulary], any floating type and device
    /// @param alternatives how many to report; the choice itself may be among them
    TokenChoice choose(const at::Tensor& logits, std::span<const int64_t> history, int64_t alternatives = 0);

  private:
    SamplingOptions m_options;
    std::mt19937_64 m_random;
};

}  // namespace fusionscope::language
