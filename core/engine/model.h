#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/engine/control.h"
#include "core/engine/load_options.h"
#include "core/engine/request.h"
#include "core/engine/results.h"
#include "core/image/processor.h"
#include "core/text/tokenizer.h"

namespace fusionscope::engine {

/// Raw tensors by name as a reference implementation takes them, read from a safetensors file.
struct RawInputs {
    std::filesystem::path file;
    std::string inputCase;  ///< prefix of names in the file ("one_image" for one_image.input_ids); may be empty
};

/// A checkpoint in memory, ready to answer. One thread at a time.
class Model {
  public:
    /// Stands for a picture that is not known yet.
    static constexpr image::Size usualPicture{1024, 768};

    /// @param folder a checkpoint folder or a .gguf file; without a tokenizer it can only be traced on raw inputs
    /// @throws Error when something is missing, wrong, or the estimate of memory exceeds what is free
    static std::unique_ptr<Model> load(const std::filesystem::path& folder, const LoadOptions& options = {},
                                       const Control& control = {});
    ~Model();
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;

    const ModelSummary& summary() const;
    /// The language model's tokenizer (Florence-2's own for a Florence-2). @throws Error when the folder has none
    const text::Tokenizer& tokenizer() const;
    /// How conversations are written. @throws Error for a Florence-2
    const text::ChatTemplate& chatTemplate() const;
    /// What the checkpoint's generation_config.json asks for, or greedy.
    GenerationOptions generationDefaults() const;
    /// Encoding options as the checkpoint states them.
    models::EncodeOptions encodeOptions() const;
    /// A task prompt of the person's own as a row of the atlas. @throws Error when the tower has no tokenizer
    models::ExtraPrompt extraPrompt(const std::string& name, const std::string& text) const;

    /// Answers a conversation. The longest common beginning with the request before is not read again, and pictures
    /// that were encoded with the same options are not encoded again. When the person stops it while tokens arrive, the
    /// answer so far is returned with StopReason::Stopped; stopped earlier, it throws Stopped.
    Answer chat(const ChatRequest& request, const ChatCallbacks& callbacks = {}, const Control& control = {});
    /// Answers several conversations side by side, as questions about one picture: what all begin with is read once and
    /// the weights once for a token of up to eight of them. Each answer is the one that chat() would give after another
    /// conversation with this beginning. Holds as many caches as answers are being written.
    /// @throws Error, Stopped
    std::vector<Answer> chatEach(const std::vector<ChatRequest>& requests, const Control& control = {});
    /// The ids of a conversation as they would be sent: a placeholder for each picture, or all of its image tokens.
    /// Runs nothing. @param pictures sizes of its pictures in order; for placeholders they do not matter
    /// @param videos one for each video item
    text::EncodedPrompt encodePrompt(const std::vector<text::Message>& messages,
                                     const std::vector<image::Size>& pictures = {},
                                     const std::vector<VideoShape>& videos = {}) const;
    /// Tokens of a conversation with all that its pictures and videos add. Runs nothing. @param pictures, videos as for
    /// encodePrompt()
    int64_t promptLength(const std::vector<text::Message>& messages, const std::vector<image::Size>& pictures,
                         const std::vector<VideoShape>& videos = {}) const;
    /// Visual tokens that one picture of this size adds to a prompt.
    int64_t visualTokens(const models::EncodeOptions& options, image::Size picture = usualPicture,
                         image::PictureUse use = image::PictureUse::Alone) const;
    /// Sum of the log-probabilities of an answer's ids after a conversation: one value a token (teacher forcing).
    std::vector<double> score(const ChatRequest& request, const std::vector<int64_t>& answerIds,
                              const Control& control = {});

    /// Runs a Florence-2 task. @throws Error for a model without a Florence-2 decoder
    TaskAnswer task(const TaskRequest& request, const Control& control = {});

    /// Every activation that a pass can record, in the order of computation. @param picture its size, on which the
    /// number of tiles depends in some families
    std::vector<models::ActivationInfo> activations(const models::EncodeOptions& options,
                                                    image::Size picture = usualPicture,
                                                    image::PictureUse use = image::PictureUse::Alone) const;
    /// Records the activations that fit any of the patterns, for a picture and a prompt (both optional, not both absent).
    /// For a Florence-2 the prompt is a task marker with its text.
    std::vector<NamedTensor> trace(const std::vector<std::string>& patterns, const PictureHandle* picture,
                                   const std::string& prompt, const models::EncodeOptions& options,
                                   const Control& control = {}, image::PictureUse use = image::PictureUse::Alone);
    /// The same from raw tensors: pixel_values, input_ids, attention_mask, decoder_input_ids.
    std::vector<NamedTensor> trace(const std::vector<std::string>& patterns, const RawInputs& inputs,
                                   const models::EncodeOptions& options, const Control& control = {});
    /// Feature maps on the patch grid, for the atlas. For language-model layers the prompt is read too.
    /// @param use a frame is asked about as a video of this frame alone
    std::vector<FeatureMap> featureMaps(const std::vector<std::string>& patterns, const PictureHandle& picture,
                                        const std::string& prompt, const models::EncodeOptions& options,
                                        const Control& control = {}, image::PictureUse use = image::PictureUse::Alone);

    /// The picture as the model receives it: 8-bit before normalisation, and the normalised pixels.
    image::ProcessedPicture preprocess(const PictureHandle& picture) const;
    image::ProcessedPicture preprocess(const PictureHandle& picture, const models::EncodeOptions& options,
                                       image::PictureUse use = image::PictureUse::Alone) const;

    /// Forgets cached pictures and the cached prompt (a cold start, for measurements).
    void forget();
    /// Times the vision tower ran since loading: shows that a second question does not run it.
    int64_t towerRuns() const;

    /// The insides, for the engine's own files.
    struct Parts;
    const Parts& parts() const { return *m_parts; }
    Parts& parts() { return *m_parts; }

  private:
    Model();
    std::unique_ptr<Parts> m_parts;
};

}  // namespace fusionscope::engine
