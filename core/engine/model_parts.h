#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/bench/stopwatch.h"
#include "core/engine/model.h"
#include "core/engine/visual_cache.h"
#include "core/files/model_folder.h"
#include "core/image/processor.h"
#include "core/models/florence_vl.h"
#include "core/models/registry.h"
#include "core/text/chat_template.h"

namespace fusionscope::engine {

using bench::Stopwatch;

/// What stands at one place of a prompt: an id, or one row of one encoded picture. Equal keys mean equal keys and values
/// in the decoder's cache when everything before them is equal too.
using PromptKey = uint64_t;

/// A prompt with its pictures encoded.
struct SplicedPrompt {
    std::vector<int64_t> ids;                               ///< as encoded, placeholders inside
    std::vector<PromptKey> keys;                            ///< one a token of the spliced prompt
    std::vector<std::shared_ptr<const VisualState>> visuals;  ///< one a placeholder
    std::vector<size_t> visualStarts;                       ///< first place of each picture among the keys
    int64_t visualTokens = 0;

    int64_t length() const { return static_cast<int64_t>(keys.size()); }
};

/// The insides of Model, shared by the files that implement it.
struct Model::Parts {
    explicit Parts(files::ModelFolder opened, LoadOptions loadOptions);

    const models::VisionLanguageModel& visionLanguage() const;
    const models::Florence2& florence2() const;
    /// @throws Error for other families: they have no blocks that are fused. @param purpose "switch parts off"
    const models::FlorenceVl& florenceVl(const std::string& purpose) const;
    const language::Decoder& decoder() const;
    const text::Tokenizer& tower() const;  ///< the vision tower's own tokenizer

    nn::Pass pass(const Control& control, const std::string& task) const;
    image::ProcessedPicture process(const PictureHandle& picture) const;
    models::PictureTensors tensors(const image::ProcessedPicture& processed) const;
    /// Encodes a picture or finds it in the cache; counts both.
    std::shared_ptr<const VisualState> encode(const PictureHandle& picture, const models::EncodeOptions& encodeOptions,
                                              const nn::Pass& pass, AnswerStatistics& statistics);
    SplicedPrompt splice(const ChatRequest& request, const Control& control, AnswerStatistics& statistics);
    SplicedPrompt splice(text::EncodedPrompt prompt, std::vector<std::shared_ptr<const VisualState>> visuals) const;
    /// Answers a prompt; `statistics` and the time hold what it took to make it.
    Answer answer(const SplicedPrompt& prompt, const GenerationOptions& generation, const ChatCallbacks& callbacks,
                  const Control& control, const AnswerStatistics& statistics, const Stopwatch& sinceRequest);
    /// What each of an answer's ids is predicted from, by teacher forcing: [ids, hidden]. At least one id.
    at::Tensor answerStates(const SplicedPrompt& prompt, const std::vector<int64_t>& ids, const Control& control);
    /// Forgets the prompt that was read: the next one is read whole.
    void forgetPrompt();
    /// Embeddings of the places from `first` on: [1, length − first, hidden].
    at::Tensor embeddings(const SplicedPrompt& prompt, int64_t first) const;
    /// Shortens the decoder's cache to what it shares with the prompt and says how much that is; at least one token
    /// of the prompt is left to be read.
    int64_t reusePrefix(const SplicedPrompt& prompt);

    LoadOptions options;
    nn::WeightOptions weights;  ///< what the options came to on this machine
    files::ModelFolder folder;
    models::LoadedModel loaded;
    ModelSummary summary;
    models::EncodeOptions encoding;
    std::unique_ptr<text::Tokenizer> tokenizer;
    mutable std::unique_ptr<text::Tokenizer> towerTokenizer;
    std::optional<text::ChatTemplate> chatTemplate;
    std::unique_ptr<image::Processor> processor;
    VisualCache visuals;
    std::optional<language::KvCache> cache;
    std::vector<PromptKey> cachedKeys;  ///< of the tokens that the cache holds
    int64_t towerRuns = 0;
};

}  // namespace fusionscope::engine
