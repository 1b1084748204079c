#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/inspect/feature_map.h"
#include "core/inspect/named_tensor.h"
#include "core/models/florence_post_processing.h"

/// Plain values that the engine hands out; no behaviour, no tensors of the library underneath.
namespace fusionscope::engine {

using inspect::FeatureMap;
using inspect::NamedTensor;

/// One id that the model might have chosen.
struct TokenAlternative {
    int64_t id = 0;
    std::string text;           ///< what the id alone decodes to
    double logProbability = 0;  ///< natural logarithm, before temperature and filters
};

/// One generated id.
struct TokenScore {
    int64_t id = 0;
    std::string text;
    double logProbability = 0;
    std::vector<TokenAlternative> alternatives;  ///< the most probable ids, falling; as many as were asked for
};

enum class StopReason {
    EndToken,    ///< the model ended its answer
    StopString,  ///< a stop string of the template appeared
    Length,      ///< the limit of new tokens or of the context was reached
    Stopped      ///< the person stopped it; what was generated until then is kept
};

/// Seconds of each phase of one answer, and how much work it really was.
struct AnswerStatistics {
    double pictureSeconds = 0;     ///< decoding and preprocessing of pictures
    double encodeSeconds = 0;      ///< vision tower, fusion, projector
    double prefillSeconds = 0;     ///< reading the prompt
    double generateSeconds = 0;    ///< all tokens after the first
    double firstTokenSeconds = 0;  ///< from the request to the first token
    int64_t promptTokens = 0;      ///< the whole prompt, visual tokens included
    int64_t reusedTokens = 0;      ///< of them: taken from the cache of the request before
    int64_t visualTokens = 0;
    int64_t encodedPictures = 0;   ///< pictures for which the tower ran
    int64_t reusedPictures = 0;    ///< pictures taken from the cache
    int64_t proposedTokens = 0;    ///< candidates that prompt lookup found in the conversation
    int64_t acceptedTokens = 0;    ///< of them: came true, and cost no pass of their own
};

/// A model's answer to a conversation.
struct Answer {
    std::string text;
    std::vector<int64_t> promptIds;   ///< with −200 (or the family's image token) where a picture goes
    std::vector<TokenScore> tokens;   ///< the generated ids, the end token included
    StopReason reason = StopReason::EndToken;
    AnswerStatistics statistics;
};

/// A Florence-2 task's answer, in the original picture's coordinates.
struct TaskAnswer {
    std::shared_ptr<const models::FlorenceAnswer> answer;
    std::string generatedText;       ///< special tokens kept
    std::vector<int64_t> promptIds;
    std::vector<int64_t> ids;        ///< with the start id in front
    double score = 0;                ///< of the winning hypothesis
    double encodeSeconds = 0, generateSeconds = 0;
};

/// What a loaded model is.
struct ModelSummary {
    std::string family;      ///< "florence-vl", "florence-2", "llama", …
    std::string folder;
    int64_t parameters = 0;
    std::string precision;   ///< "fp32", "bf16", "fp16", "int8", "int4"; "fp32 on BF16" (or Q4_0 ...) computes on
                             ///< most weights as the file holds them
    std::string device;      ///< "cpu", "cuda:0"
    std::string deviceReason;///< why this device and precision were chosen
    int64_t weightBytes = 0; ///< of the weights as held
    double loadSeconds = 0;
    bool takesPictures = false;
    bool chats = false;      ///< answers conversations (false: a Florence-2 or SigLIP alone)
    bool runsTasks = false;  ///< Florence-2 task prompts: a Florence-2, or a Florence-VL that kept its tower's decoder
    bool fuses = false;      ///< joins what it sees under several prompts (Florence-VL): has blocks to align and to ablate
    bool matchesTexts = false;  ///< a SigLIP with both towers: tells how well a text fits a picture
    std::string chatTemplate;
    int64_t contextTokens = 0;
    std::vector<std::string> remarks;  ///< findings that did not prevent loading: unused tensors, missing optional files
};

}  // namespace fusionscope::engine
