#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/engine/results.h"
#include "core/image/picture.h"
#include "core/language/prompt_lookup.h"
#include "core/models/encode_options.h"
#include "core/text/chat_template.h"

namespace fusionscope::engine {

/// A picture with the hash of the bytes it came from; cheap to copy. Copies share the pixels, from any thread.
class PictureHandle {
  public:
    /// Gives the file's bytes again, in whatever thread asks for the pixels. @throws Error when they are gone
    using Source = std::function<std::vector<std::byte>()>;

    PictureHandle() = default;
    /// @throws Error naming the file when it is no picture or too large
    static PictureHandle read(const std::string& path);
    /// @param where what to call it in messages
    /// @param again makes letGo() possible
    static PictureHandle decode(std::vector<std::byte> bytes, const std::string& where, Source again = {});
    static PictureHandle of(image::Picture picture);

    /// The pixels, decoded again when they were let go: that may take a second.
    /// @throws Error when the source no longer gives the same bytes
    std::shared_ptr<const image::Picture> picture() const;
    image::Size size() const;
    /// SHA-256 of the file's bytes (of the pixels when it never was a file), in hexadecimal.
    const std::string& hash() const;
    /// Of the first time.
    double decodeSeconds() const;

    // Neither ever waits for a decoder.
    bool isDecoded() const;
    /// Frees the pixels as soon as nobody uses them; does nothing without a source to decode them from again.
    void letGo() const;

  private:
    struct State;
    std::shared_ptr<State> m_state;
};

/// How the next token is chosen.
struct GenerationOptions {
    int64_t maxNewTokens = 512;
    bool greedy = true;           ///< false: sample with the settings below
    double temperature = 1.0;     ///< > 0
    int64_t topK = 0;             ///< 0: off
    double topP = 1.0;            ///< 1: off
    double minP = 0.0;            ///< 0: off
    double repetitionPenalty = 1.0;
    int64_t noRepeatNgram = 0;    ///< 0: off
    uint64_t seed = 0;
    int alternatives = 0;         ///< most probable ids reported with each token
    std::vector<std::string> stopStrings;  ///< beside the template's own
    language::Lookup lookup = language::Lookup::Auto;  ///< in the conversation; greedy choice only, the answer is the same
};

/// Frames of a video, in order.
struct VideoFrames {
    std::vector<PictureHandle> frames;
    text::VideoTimes times;  ///< one for each frame
};

/// Pictures that a conversation may hold, frames of videos not counted.
inline constexpr size_t mostPictures = 16;

/// What a video adds to a prompt, without its pixels.
struct VideoShape {
    std::vector<image::Size> frames;
    text::VideoTimes times;  ///< one for each frame
};

/// A conversation to be answered. Its image items stand for `pictures` in order, its video items for `videos`.
struct ChatRequest {
    std::vector<text::Message> messages;
    std::vector<PictureHandle> pictures;
    GenerationOptions generation;
    models::EncodeOptions encoding;  ///< start from Model::encodeOptions()
    std::vector<VideoFrames> videos = {};
};

/// Told what arrives while an answer is made; called in the thread of the call.
struct ChatCallbacks {
    std::function<void(const std::string& text)> onText;   ///< whole characters; what was given never changes
    std::function<void(const TokenScore& token)> onToken;
};

/// A Florence-2 task.
struct TaskRequest {
    std::string task;  ///< "<OD>", with or without brackets
    std::string text;  ///< the person's part: a phrase, or a region as location tokens
    PictureHandle picture;
    int64_t beams = 0;           ///< 0: as the checkpoint says
    int64_t maxNewTokens = 0;    ///< 0: as the checkpoint says
    std::function<void(const std::string& text)> onText;  ///< greedy search only
};

}  // namespace fusionscope::engine
