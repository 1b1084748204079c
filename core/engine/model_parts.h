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

using VisualStates = std::vector<std::shared_ptr<const VisualState>>;

/// What decides on a picture's text in a prompt.
struct PlacedPicture {
    image::Size size;
    image::PictureUse use = image::PictureUse::Alone;
};
/// The pictures of one conversation.
std::vector<PlacedPicture> placed(const std::vector<image::Size>& pictures);

/// Rows of an encoded picture that follow one another in a prompt.
struct VisualRun {
    std::shared_ptr<const VisualState> state;
    int64_t firstRow = 0, rows = 0;
    int64_t start = 0;  ///< their first place in the spliced prompt
};

/// A prompt with its pictures encoded.
struct SplicedPrompt {
    std::vector<int64_t> ids;    ///< as encoded: a placeholder for each picture, or its image tokens
    std::vector<PromptKey> keys; ///< one a token of the spliced prompt
    std::vector<VisualRun> runs; ///< in order; one for each placeholder or row of image tokens
    int64_t visualTokens = 0;

    int64_t length() const { return static_cast<int64_t>(keys.size()); }
};

/// The grid of a map out of what was recorded: [rows, columns, channels].
/// @param values [views, tokens, channels], or in the language model the picture's tokens, [tokens, channels]
at::Tensor gridOf(at::Tensor values, const models::ActivationInfo& info);

/// The insides of Model, shared by the files that implement it.
struct Model::Parts {
    explicit Parts(files::ModelFolder opened, LoadOptions loadOptions);

    const models::VisionLanguageModel& visionLanguage() const;
    /// The model itself, or the Florence-2 inside a Florence-VL, whose decoder is read when it is first asked for.
    const models::Florence2& florence2();
    /// A picture as Florence-2 was trained to see it: stretched, also where the language model's pictures are padded.
    models::PictureTensors picturesForTasks(const PictureHandle& picture);
    /// @throws Error for other families: they have no blocks that are fused. @param purpose "take apart"
    const models::FlorenceVl& florenceVl(const std::string& purpose) const;
    const language::Decoder& decoder() const;
    const text::Tokenizer& tower() const;  ///< the vision tower's own tokenizer
    bool hasTowerTokenizer() const;

    nn::Pass pass(const Control& control, const std::string& task) const;
    image::ProcessOptions processing(const models::EncodeOptions& encodeOptions, image::PictureUse use) const;
    image::ProcessedPicture process(const PictureHandle& picture, const image::ProcessOptions& processing) const;
    /// The picture when it is alone, without options of its own.
    image::ProcessedPicture process(const PictureHandle& picture) const;
    /// How a picture of this size is cut; nothing of it is touched.
    models::PictureLayout layout(image::Size picture, const image::ProcessOptions& processing) const;
    models::PictureTensors tensors(const image::ProcessedPicture& processed,
                                   image::PictureUse use = image::PictureUse::Alone) const;
    /// Rows that a picture becomes.
    int64_t visualTokens(const PlacedPicture& picture, const models::EncodeOptions& encodeOptions) const;
    int64_t visualTokens(const VideoShape& video, const models::EncodeOptions& encodeOptions) const;
    /// A conversation with each picture's text as long as it will be. @param pictures of the image items, in order
    /// @param videoTokens rows of each of the video items
    text::EncodedPrompt encodePrompt(const std::vector<text::Message>& messages,
                                     const std::vector<PlacedPicture>& pictures,
                                     const std::vector<int64_t>& videoTokens,
                                     const models::EncodeOptions& encodeOptions) const;
    /// Encodes a picture or finds it in the cache; counts both.
    std::shared_ptr<const VisualState> encode(const PictureHandle& picture, const models::EncodeOptions& encodeOptions,
                                              const nn::Pass& pass, AnswerStatistics& statistics,
                                              image::PictureUse use = image::PictureUse::Alone);
    SplicedPrompt splice(const ChatRequest& request, const Control& control, AnswerStatistics& statistics);
    /// @param pictures one for each image place; @param videos frames (and what ends them) for each video place
    SplicedPrompt splice(text::EncodedPrompt prompt, const VisualStates& pictures,
                         const std::vector<VisualStates>& videos = {}) const;
    /// What stands behind the last frame of a video; null for families without.
    std::shared_ptr<const VisualState> videoEnd();
    /// Answers a prompt; `statistics` and the time hold what it took to make it.
    Answer answer(const SplicedPrompt& prompt, const GenerationOptions& generation, const ChatCallbacks& callbacks,
                  const Control& control, const AnswerStatistics& statistics, const Stopwatch& sinceRequest);
    /// Reads into the decoder's cache what all these prompts begin with, but for the last token of any; says how much.
    int64_t readShared(const std::vector<SplicedPrompt>& prompts, const Control& control);
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
    std::unique_ptr<models::Florence2> towerTasks;          ///< what florence2() read
    std::unique_ptr<image::Processor> towerTasksProcessor;
    VisualCache visuals;
    std::optional<language::KvCache> cache;
    std::vector<PromptKey> cachedKeys;  ///< of the tokens that the cache holds
    int64_t towerRuns = 0;
};

}  // namespace fusionscope::engine
