#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/nn/pass.h"

namespace fusionscope::language {

using at::Tensor;

/// When a beam search ends before the length limit.
enum class EarlyStopping {
    No,    ///< when no running beam can beat the worst finished hypothesis at its present length
    Yes,   ///< as soon as there are as many finished hypotheses as beams
    Never  ///< when no running beam can beat it at any length up to the limit
};

/// How an encoder-decoder model's output is searched for; the semantics are those of the transformers library.
struct SequenceOptions {
    int64_t beams = 1;  ///< 1: greedy
    int64_t maxNewTokens = 1024;
    EarlyStopping earlyStopping = EarlyStopping::No;
    double lengthPenalty = 1.0;          ///< a finished hypothesis scores sum of log-probabilities / length^penalty
    int64_t noRepeatNgram = 0;           ///< 0: off; n: no n ids in a row occur twice
    std::optional<int64_t> forcedFirst;  ///< the first generated id
    std::optional<int64_t> forcedLast;   ///< the id at the length limit
    int64_t start = 2;                   ///< first decoder id, given and not generated
    int64_t end = 2;
    int64_t pad = 1;
};

/// One finished output.
struct GeneratedSequence {
    std::vector<int64_t> ids;              ///< with the start id in front
    std::vector<double> logProbabilities;  ///< of ids[1…] in natural logarithms; 0 where the id was forced
    double score = 0;                      ///< sum of them / generated length^penalty
    bool ended = false;                    ///< false: the length limit came first
};

/// One step of a decoder with a cache, as the search sees it.
class StepDecoder {
  public:
    virtual ~StepDecoder() = default;
    /// Feeds one id a row and gives the next logits [rows, vocabulary]. The first call sets the number of rows.
    virtual Tensor step(const std::vector<int64_t>& ids, const nn::Pass& pass) = 0;
    /// Row i continues what was row rows[i].
    virtual void reorder(const std::vector<int64_t>& rows) = 0;
};

/// Called with every id that is certain to be in the output; only greedy search knows any before it ends.
using TokenCallback = std::function<void(int64_t id, double logProbability)>;

/// Greedy (one beam) or beam search. @throws Stopped, between steps
GeneratedSequence searchSequence(StepDecoder& decoder, const SequenceOptions& options, const nn::Pass& pass,
                                 const TokenCallback& onToken = {});

}  // namespace fusionscope::language
